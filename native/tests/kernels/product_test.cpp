#include "granary/kernels_product.h"

#include "check.h"

namespace granary::kernels::tests {

namespace {

// A matrix of rows with gaps between them, which must stay as they are.
struct Matrix
{
    int64_t rows, columns, stride;
    std::vector<float> values;

    Matrix(Random& random, int64_t rows, int64_t columns)
        : rows(rows), columns(columns), stride(columns + random.between(0, 5)), values(random.floats(rows * stride))
    {
    }

    float at(int64_t row, int64_t column) const { return values[(size_t)(row * stride + column)]; }

    gn_kernels_product_factor factor() const { return {values.data(), stride, GN_PRODUCT_FLOAT32}; }
};

// start + sum over k of left(row, k) * right(k, column), where the start is 0 or what is there.
template <typename Left, typename Right>
std::vector<double> multiply_slowly(const Matrix& c, int64_t depth, bool adds, const Left& left, const Right& right)
{
    std::vector<double> result(c.values.begin(), c.values.end());
    for (int64_t row = 0; row < c.rows; ++row) {
        for (int64_t column = 0; column < c.columns; ++column) {
            double sum = adds ? c.at(row, column) : 0.0;
            for (int64_t k = 0; k < depth; ++k) {
                sum += (double)left(row, k) * right(k, column);
            }
            result[(size_t)(row * c.stride + column)] = sum;
        }
    }
    return result;
}

// Runs a product with 1, 2 and 3 threads: the same bits, and close to what is expected.
template <typename Call>
void check_product(const Matrix& c, const std::vector<double>& expected, const std::string& name, const Call& call)
{
    std::vector<float> first;
    for (const int32_t threads : {1, 2, 3}) {
        std::vector<float> result = c.values;

        const int32_t status = call(threads, result.data());

        expect(status == GN_OK, name + ": status");
        if (threads == 1) {
            expect_close(result, expected, 2e-5, 2e-5, name);
            first = result;
        }
        expect_same_bits(result, first, name + ": threads change nothing");
    }
}

void test_products_of(Random& random, int64_t rows, int64_t inputs, int64_t outputs, bool adds)
{
    const Matrix x(random, rows, inputs), weight(random, outputs, inputs), dy(random, rows, outputs);
    const Matrix y(random, rows, outputs), dx(random, rows, inputs), dweight(random, outputs, inputs), bias(random, 1, outputs);
    const auto xs = x.factor(), weights = weight.factor(), dys = dy.factor();
    const auto shape = [&](int32_t threads) {
        return gn_kernels_product_shape{rows, inputs, outputs, GN_PRODUCT_FLOAT32, threads};
    };
    const std::string name = std::to_string(rows) + " x " + std::to_string(inputs) + " x " + std::to_string(outputs);

    // A bias is a product with one more input that is always one.
    const auto forward = multiply_slowly(
        y, inputs + adds, false, [&](int64_t n, int64_t i) { return i == inputs ? 1.0f : x.at(n, i); },
        [&](int64_t i, int64_t o) { return i == inputs ? bias.at(0, o) : weight.at(o, i); });
    check_product(y, forward, "forward, " + name, [&](int32_t threads, float* c) {
        const auto s = shape(threads);
        return gn_kernels_product_forward(&s, &xs, &weights, adds ? bias.values.data() : nullptr, c, y.stride);
    });

    const auto of_input = multiply_slowly(
        dx, outputs, false, [&](int64_t n, int64_t o) { return dy.at(n, o); },
        [&](int64_t o, int64_t i) { return weight.at(o, i); });
    check_product(dx, of_input, "of input, " + name, [&](int32_t threads, float* c) {
        const auto s = shape(threads);
        return gn_kernels_product_of_input(&s, &dys, &weights, c, dx.stride);
    });

    const auto of_weight = multiply_slowly(
        dweight, rows, adds, [&](int64_t o, int64_t n) { return dy.at(n, o); },
        [&](int64_t n, int64_t i) { return x.at(n, i); });
    check_product(dweight, of_weight, "of weight, " + name, [&](int32_t threads, float* c) {
        const auto s = shape(threads);
        return gn_kernels_product_of_weight(&s, &dys, &xs, c, dweight.stride, adds);
    });

    const auto of_bias = multiply_slowly(
        bias, rows, adds, [](int64_t, int64_t) { return 1.0f; }, [&](int64_t n, int64_t o) { return dy.at(n, o); });
    check_product(bias, of_bias, "of bias, " + name, [&](int32_t threads, float* c) {
        const auto s = shape(threads);
        return gn_kernels_product_of_bias(&s, &dys, c, adds);
    });
}

void test_ragged_shapes()
{
    Random random(71);
    for (int round = 0; round < 60; ++round) {
        test_products_of(random, random.between(1, 40), random.between(1, 90), random.between(1, 150), round % 2 == 1);
    }
}

// More than one block of k, and more rows than are packed at once, each in turn.
void test_large_shapes()
{
    Random random(72);
    test_products_of(random, 37, 803, 70, true);
    test_products_of(random, 23, 35, 2100, false);
    test_products_of(random, 1030, 19, 33, true);
    test_products_of(random, 5, 7, 4500, false);
}

void test_no_depth()
{
    Random random(73);
    test_products_of(random, 3, 0, 5, true);
    test_products_of(random, 0, 4, 5, true);
    test_products_of(random, 0, 4, 5, false);
    test_products_of(random, 3, 4, 0, true);
}

void test_not_a_number()
{
    Random random(74);
    Matrix x(random, 9, 20), weight(random, 40, 20);
    x.values[(size_t)(4 * x.stride + 3)] = NAN;
    std::vector<float> y(9 * 40);
    const gn_kernels_product_shape shape{9, 20, 40, GN_PRODUCT_FLOAT32, 2};
    const auto xs = x.factor(), weights = weight.factor();

    gn_kernels_product_forward(&shape, &xs, &weights, nullptr, y.data(), 40);

    for (int64_t row = 0; row < 9; ++row) {
        for (int64_t column = 0; column < 40; ++column) {
            expect(std::isnan(y[(size_t)(row * 40 + column)]) == (row == 4), "a NaN reaches its own row alone");
        }
    }
}

void test_refusals()
{
    float one = 1.0f;
    const gn_kernels_product_factor given{&one, 1, GN_PRODUCT_FLOAT32}, absent{nullptr, 1, GN_PRODUCT_FLOAT32};
    const gn_kernels_product_factor halved{&one, 1, GN_PRODUCT_BFLOAT16};
    const gn_kernels_product_shape single{1, 1, 1, GN_PRODUCT_FLOAT32, 1}, rows{2, 1, 1, GN_PRODUCT_FLOAT32, 1};
    const gn_kernels_product_shape unknown{1, 1, 1, 7, 1};
    const gn_kernels_product_factor overlapping{&one, 0, GN_PRODUCT_FLOAT32};
    const auto forward = [&](const gn_kernels_product_shape& s, const gn_kernels_product_factor& x) {
        return gn_kernels_product_forward(&s, &x, &given, nullptr, &one, 1);
    };

    expect(forward(single, absent) == GN_KERNEL_BAD_ARGUMENT, "x must be given");
    expect(forward(rows, overlapping) == GN_KERNEL_BAD_ARGUMENT, "rows must not overlap");
    expect(forward(single, halved) == GN_KERNEL_BAD_ARGUMENT, "products of float32 take float32 alone");
    const gn_kernels_product_shape rounded{1, 1, 1, GN_PRODUCT_BFLOAT16, 1};
    expect(gn_kernels_product_of_bias(&rounded, &halved, &one, 0) == GN_KERNEL_BAD_ARGUMENT, "sums of columns take float32 alone");
    expect(forward(unknown, given) == GN_KERNEL_BAD_ARGUMENT, "an unknown kind of products is refused");
    expect(gn_kernels_product_has(GN_PRODUCT_FLOAT32) == 1 && gn_kernels_product_has(7) == 0, "kinds of products");
}

}  // namespace

void test_product()
{
    test_ragged_shapes();
    test_large_shapes();
    test_no_depth();
    test_not_a_number();
    test_refusals();
}

}  // namespace granary::kernels::tests
