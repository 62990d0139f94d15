// Products of float32: a cell is a value.
#include "product_engine.h"
#include "product_float32.h"
#include "row_reduction.h"

namespace granary::kernels {

namespace {

struct Float32Format : Float32Cells
{
    static GN_INLINE Floats along(const float* p, int64_t values) { return load_up_to(p, (int)values); }

    static GN_INLINE Floats across(const float* p, int64_t, int64_t, int count) { return load_up_to(p, count); }

    static void pack_left(const Factor& left, int64_t row, int64_t rows, int64_t k, int64_t depth, float* to, int64_t size)
    {
        kernels::pack_left<Float32Format, float>(left, row, rows, k, depth, to, size);
    }

    static void pack_right(const Factor& right, int64_t column, int64_t columns, int64_t k, int64_t depth, float* to, int64_t size)
    {
        kernels::pack_right<Float32Format, float>(right, column, columns, k, depth, to, size);
    }
};

}  // namespace

void multiply_float32(const Product& product) { ProductRun<Float32Format>(product).run(); }

}  // namespace granary::kernels
