#include "../../src/kernels/product_bfloat16.h"

#include "bfloat16_reference.h"
#include "check.h"
#include "granary/kernels_product.h"

namespace granary::kernels::tests {

namespace {

// Random rows with gaps between them, as float32 and as bfloat16.
struct Operand
{
    int64_t stride;
    std::vector<float> values;
    std::vector<uint16_t> halves;
    bool is_halved;

    Operand(Random& random, int64_t rows, int64_t columns)
        : stride(columns + random.between(0, 5)), values(random.floats(rows * stride)), is_halved(random.between(0, 1) == 1)
    {
        for (const float value : values) {
            halves.push_back(rounded(value));
        }
    }

    double at(int64_t row, int64_t column) const { return float_of((uint32_t)halves[(size_t)(row * stride + column)] << 16); }

    gn_kernels_product_factor factor(bool halved) const
    {
        return halved ? gn_kernels_product_factor{halves.data(), stride, GN_PRODUCT_BFLOAT16}
                      : gn_kernels_product_factor{values.data(), stride, GN_PRODUCT_FLOAT32};
    }

    gn_kernels_product_factor factor() const { return factor(is_halved); }
};

// Runs a product into rows without gaps, for 1 and 3 threads and with either kind of factors.
template <typename Call>
void check_product(const std::vector<float>& start, const std::vector<double>& expected, const std::string& name, const Call& call)
{
    std::vector<float> first;
    for (const bool halved : {false, true}) {
        for (const int32_t threads : {1, 3}) {
            std::vector<float> result = start;

            const int32_t status = call(threads, halved, result.data());

            expect(status == GN_OK, name + ": status");
            if (first.empty()) {
                expect_close(result, expected, 2e-5, 2e-5, name);
                first = result;
            }
            expect_same_bits(result, first, name + ": threads and what was rounded before change nothing");
        }
    }
}

template <typename Left, typename Right>
std::vector<double> multiply_slowly(const std::vector<float>& start, int64_t rows, int64_t columns, int64_t depth, bool adds,
                                    const Left& left, const Right& right)
{
    std::vector<double> result(start.begin(), start.end());
    for (int64_t row = 0; row < rows; ++row) {
        for (int64_t column = 0; column < columns; ++column) {
            double sum = adds ? result[(size_t)(row * columns + column)] : 0.0;
            for (int64_t k = 0; k < depth; ++k) {
                sum += left(row, k) * right(k, column);
            }
            result[(size_t)(row * columns + column)] = sum;
        }
    }
    return result;
}

void test_products_of(Random& random, int64_t rows, int64_t inputs, int64_t outputs, bool adds)
{
    const Operand x(random, rows, inputs), weight(random, outputs, inputs), dy(random, rows, outputs);
    const std::string name = "bfloat16 " + std::to_string(rows) + " x " + std::to_string(inputs) + " x " + std::to_string(outputs);
    const auto shape = [&](int32_t threads) {
        return gn_kernels_product_shape{rows, inputs, outputs, GN_PRODUCT_BFLOAT16, threads};
    };

    const std::vector<float> y = random.floats(rows * outputs);
    const auto forward = multiply_slowly(
        y, rows, outputs, inputs, false, [&](int64_t n, int64_t i) { return x.at(n, i); }, [&](int64_t i, int64_t o) { return weight.at(o, i); });
    check_product(y, forward, name + ", forward", [&](int32_t threads, bool halved, float* c) {
        const auto s = shape(threads);
        const auto xs = x.factor(), weights = weight.factor(halved);
        return gn_kernels_product_forward(&s, &xs, &weights, nullptr, c, outputs);
    });

    const std::vector<float> dx = random.floats(rows * inputs);
    const auto of_input = multiply_slowly(
        dx, rows, inputs, outputs, false, [&](int64_t n, int64_t o) { return dy.at(n, o); }, [&](int64_t o, int64_t i) { return weight.at(o, i); });
    check_product(dx, of_input, name + ", of input", [&](int32_t threads, bool halved, float* c) {
        const auto s = shape(threads);
        const auto dys = dy.factor(), weights = weight.factor(halved);
        return gn_kernels_product_of_input(&s, &dys, &weights, c, inputs);
    });

    const std::vector<float> dweight = random.floats(outputs * inputs);
    const auto of_weight = multiply_slowly(
        dweight, outputs, inputs, rows, adds, [&](int64_t o, int64_t n) { return dy.at(n, o); }, [&](int64_t n, int64_t i) { return x.at(n, i); });
    check_product(dweight, of_weight, name + ", of weight", [&](int32_t threads, bool halved, float* c) {
        const auto s = shape(threads);
        const auto dys = dy.factor(), xs = x.factor(halved);
        return gn_kernels_product_of_weight(&s, &dys, &xs, c, inputs, adds);
    });
}

void test_shapes()
{
    Random random(81);
    for (int round = 0; round < 30; ++round) {
        test_products_of(random, random.between(1, 40), random.between(1, 90), random.between(1, 150), round % 2 == 1);
    }
    test_products_of(random, 37, 1803, 70, true);
    test_products_of(random, 1030, 19, 33, true);
    test_products_of(random, 3, 0, 5, true);
}

// A product with one is what a factor was rounded to.
void test_rounding()
{
    std::vector<float> values = {0.0f, -0.0f, 1.0f, 3.0e38f, -3.4e38f, INFINITY, -INFINITY, NAN, 1.00390625f, 1.01171875f, -1.00390625f, 1.00390637f, 1.00390613f, 1.99999988f, 1.2e-38f};
    Random random(82);
    while (values.size() < 500) {
        const float value = float_of((uint32_t)random.bits());
        if (!(std::fabs(value) < 1.2e-38f)) {  // the instruction takes them for zero
            values.push_back(value);
        }
    }
    const int64_t rows = (int64_t)values.size();
    const float one = 1.0f;
    std::vector<float> y(values.size());
    const gn_kernels_product_factor x{values.data(), 1, GN_PRODUCT_FLOAT32}, weight{&one, 1, GN_PRODUCT_FLOAT32};
    const gn_kernels_product_shape shape{rows, 1, 1, GN_PRODUCT_BFLOAT16, 1};

    const int32_t status = gn_kernels_product_forward(&shape, &x, &weight, nullptr, y.data(), 1);

    expect(status == GN_OK, "rounding: status");
    for (size_t i = 0; i < values.size(); ++i) {
        const float expected = float_of((uint32_t)rounded(values[i]) << 16);
        expect(std::isnan(expected) ? std::isnan(y[i]) : y[i] == expected, "rounding of " + std::to_string(values[i]));
    }
}

// What the CPU multiplies by its instruction and what float32's arithmetic gives.
void test_both_forms()
{
    if (!has_bfloat16_instruction()) {
        return;
    }
    Random random(83);
    for (int round = 0; round < 20; ++round) {
        const int64_t rows = random.between(1, 40), inputs = random.between(1, 1200), outputs = random.between(1, 70);
        const Operand x(random, rows, inputs), weight(random, outputs, inputs);
        std::vector<float> by_instruction((size_t)(rows * outputs)), by_float32 = by_instruction;
        const auto product = [&](std::vector<float>& c) {
            return Product{rows, outputs, inputs, {x.values.data(), x.stride, true, false}, {weight.halves.data(), weight.stride, true, true}, c.data(), outputs, nullptr, false, 1};
        };

        multiply_bfloat16_by_instruction(product(by_instruction));
        multiply_bfloat16_by_float32(product(by_float32));

        expect_close(by_instruction, std::vector<double>(by_float32.begin(), by_float32.end()), 2e-5, 2e-5, "both forms");
    }
}

}  // namespace

void test_product_bfloat16()
{
    test_shapes();
    test_rounding();
    test_both_forms();
    std::printf("bfloat16 products by %s\n", has_bfloat16_instruction() ? "the CPU's instruction" : "float32's arithmetic");
}

}  // namespace granary::kernels::tests
