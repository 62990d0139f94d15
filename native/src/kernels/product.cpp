// The C boundary of a linear layer's products, and the sums of a bias' gradient.
#include "granary/kernels_product.h"

#include "parallel.h"
#include "product.h"
#include "row_reduction.h"

namespace granary::kernels {

namespace {

bool is_valid(const gn_kernels_product_shape* shape)
{
    return shape != nullptr && shape->rows >= 0 && shape->inputs >= 0 && shape->outputs >= 0 && shape->threads >= 0
        && gn_kernels_product_has(shape->products) != 0;
}

bool is_valid(const gn_kernels_product_factor* factor, int64_t rows, int64_t columns, const gn_kernels_product_shape* shape)
{
    return factor != nullptr
        && (factor->type == GN_PRODUCT_FLOAT32
            || (factor->type == GN_PRODUCT_BFLOAT16 && shape->products == GN_PRODUCT_BFLOAT16))
        && (rows * columns == 0 || (factor->data != nullptr && (rows == 1 || factor->stride >= columns)));
}

bool is_valid(const float* c, int64_t stride, int64_t rows, int64_t columns)
{
    return rows * columns == 0 || (c != nullptr && (rows == 1 || stride >= columns));
}

Factor along(const gn_kernels_product_factor* f) { return {f->data, f->stride, true, f->type == GN_PRODUCT_BFLOAT16}; }

Factor across(const gn_kernels_product_factor* f) { return {f->data, f->stride, false, f->type == GN_PRODUCT_BFLOAT16}; }

int32_t multiply(const char* function, int32_t products, const Product& product)
{
    if (product.rows * product.columns == 0) {
        return GN_OK;
    }
    return guarded(function, [&] {
        products == GN_PRODUCT_BFLOAT16 ? multiply_bfloat16(product) : multiply_float32(product);
        return GN_OK;
    });
}

// Rows that are summed before they are added to the sums of those before them.
constexpr int64_t kRowsOfSum = 64;

void sum_columns(const float* from, int64_t stride, int64_t rows, int count, bool adds, float* to)
{
    Floats total = adds ? load_up_to(to, count) : Floats{};
    for (int64_t row = 0; row < rows; row += kRowsOfSum) {
        Floats sum{};
        for (int64_t r = row; r < std::min(rows, row + kRowsOfSum); ++r) {
            sum += load_up_to(from + r * stride, count);
        }
        total += sum;
    }
    store_up_to(to, total, count);
}

}  // namespace

}  // namespace granary::kernels

extern "C" int32_t gn_kernels_product_has(int32_t products)
{
    return products == GN_PRODUCT_FLOAT32 || products == GN_PRODUCT_BFLOAT16 ? 1 : 0;
}

extern "C" int32_t gn_kernels_product_forward(
    const gn_kernels_product_shape* shape, const gn_kernels_product_factor* x, const gn_kernels_product_factor* weight,
    const float* bias, float* y, int64_t y_stride)
{
    using namespace granary::kernels;
    if (!is_valid(shape) || !is_valid(x, shape->rows, shape->inputs, shape)
        || !is_valid(weight, shape->outputs, shape->inputs, shape) || !is_valid(y, y_stride, shape->rows, shape->outputs)) {
        return refuse(__func__);
    }
    return multiply(__func__, shape->products, {shape->rows, shape->outputs, shape->inputs, along(x), along(weight), y, y_stride, bias, false,
                               shape->threads});
}

extern "C" int32_t gn_kernels_product_of_input(
    const gn_kernels_product_shape* shape, const gn_kernels_product_factor* dy, const gn_kernels_product_factor* weight,
    float* dx, int64_t dx_stride)
{
    using namespace granary::kernels;
    if (!is_valid(shape) || !is_valid(dy, shape->rows, shape->outputs, shape)
        || !is_valid(weight, shape->outputs, shape->inputs, shape) || !is_valid(dx, dx_stride, shape->rows, shape->inputs)) {
        return refuse(__func__);
    }
    return multiply(__func__, shape->products, {shape->rows, shape->inputs, shape->outputs, along(dy), across(weight), dx, dx_stride, nullptr,
                               false, shape->threads});
}

extern "C" int32_t gn_kernels_product_of_weight(
    const gn_kernels_product_shape* shape, const gn_kernels_product_factor* dy, const gn_kernels_product_factor* x,
    float* dweight, int64_t dweight_stride, int32_t adds)
{
    using namespace granary::kernels;
    if (!is_valid(shape) || !is_valid(dy, shape->rows, shape->outputs, shape)
        || !is_valid(x, shape->rows, shape->inputs, shape)
        || !is_valid(dweight, dweight_stride, shape->outputs, shape->inputs)) {
        return refuse(__func__);
    }
    return multiply(__func__, shape->products, {shape->outputs, shape->inputs, shape->rows, across(dy), across(x), dweight, dweight_stride,
                               nullptr, adds != 0, shape->threads});
}

extern "C" int32_t gn_kernels_product_of_bias(
    const gn_kernels_product_shape* shape, const gn_kernels_product_factor* dy, float* dbias, int32_t adds)
{
    using namespace granary::kernels;
    if (!is_valid(shape) || !is_valid(dy, shape->rows, shape->outputs, shape) || dy->type != GN_PRODUCT_FLOAT32 || (shape->outputs > 0 && dbias == nullptr)) {
        return refuse(__func__);
    }
    const float* from = static_cast<const float*>(dy->data);
    const int64_t vectors = divide_up(shape->outputs, kLanes);
    for_each_share(vectors, divide_up(16384, kLanes * (shape->rows + 1)), shape->threads, [&](int64_t first, int64_t last) {
        for (int64_t column = first * kLanes; column < std::min(last * kLanes, shape->outputs); column += kLanes) {
            const int count = (int)std::min<int64_t>(kLanes, shape->outputs - column);
            sum_columns(from + column, dy->stride, shape->rows, count, adds != 0, dbias + column);
        }
    });
    return GN_OK;
}
