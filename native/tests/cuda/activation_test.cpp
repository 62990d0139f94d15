#include "arrays.h"

namespace granary::cuda::tests {

namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double gelu(int32_t kind, double x)
{
    return kind == GN_GELU_ERF ? 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)))
                               : 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
}

double gelu_slope(int32_t kind, double x) { return (gelu(kind, x + 1e-6) - gelu(kind, x - 1e-6)) / 2e-6; }

void Swiglu_equals_its_definition()
{
    Random random(10);
    const int64_t shapes[][2] = {{1, 8}, {3, 64}, {5, 2048}, {2, 2736}, {4, 7}, {3, 300}, {0, 16}, {17, 40}, {300, 4}};
    for (const int32_t type : kTypes) {
        for (const auto& shape : shapes) {
            const int64_t rows = shape[0], width = shape[1], shift = rows == 5 ? 1 : 0;
            const std::string name = std::string("swiglu ") + name_of(type) + " " + std::to_string(rows) + " x " + std::to_string(width);
            Array gate_up(type, random.floats(rows * 2 * width, -6.0f, 6.0f), shift), dout(type, random.floats(rows * width), shift);
            const bool in_place = width == 300;
            const auto results = in_both_orders(name, [&]() -> std::vector<std::vector<float>> {
                Array out(type, rows * width, shift), gradient = in_place ? gate_up : Array(type, rows * 2 * width, shift);
                expect(gn_cuda_swiglu_forward(type, gate_up.data(), out.data(), rows, width) == GN_OK, name + ": forward's status");
                expect(gn_cuda_swiglu_backward(type, in_place ? gradient.data() : gate_up.data(), dout.data(), gradient.data(), rows, width) == GN_OK,
                       name + ": backward's status");
                expect(out.guards_are_untouched() && gradient.guards_are_untouched(), name + ": writes stay inside");
                return {out.values(), gradient.values()};
            });
            const std::vector<double> from = gate_up.doubles(), past = dout.doubles();
            std::vector<double> out(past.size()), gradient(from.size());
            for (int64_t row = 0; row < rows; ++row) {
                for (int64_t i = 0; i < width; ++i) {
                    const auto at = (size_t)(row * width + i), g = (size_t)(row * 2 * width + i), u = g + (size_t)width;
                    const double s = sigmoid(from[g]);
                    out[at] = from[g] * s * from[u];
                    gradient[g] = past[at] * from[u] * s * (1.0 + from[g] * (1.0 - s));
                    gradient[u] = past[at] * from[g] * s;
                }
            }
            const double tolerance = 2e-6 + rounding_of(type);
            expect_near(results[0], out, 1e-6, tolerance, name + " out");
            expect_near(results[1], gradient, 2e-6, tolerance, name + " gradient");
        }
    }
}

void Gelu_equals_its_definition()
{
    Random random(11);
    for (const int32_t type : kTypes) {
        for (const int32_t kind : {GN_GELU_TANH, GN_GELU_ERF}) {
            for (const int64_t count : {1, 7, 8, 1000, 1003, 5000, 0}) {
                const int64_t shift = count == 1000 ? 3 : 0;
                const std::string name = std::string("gelu ") + name_of(type) + " " + std::to_string(kind) + " of " + std::to_string(count);
                Array x(type, random.floats(count, -8.0f, 8.0f), shift), dout(type, random.floats(count), shift);
                const auto results = in_both_orders(name, [&]() -> std::vector<std::vector<float>> {
                    Array out(type, count, shift), dx = dout;
                    expect(gn_cuda_gelu_forward(type, kind, x.data(), out.data(), count) == GN_OK, name + ": forward's status");
                    expect(gn_cuda_gelu_backward(type, kind, x.data(), dx.data(), dx.data(), count) == GN_OK, name + ": backward's status");
                    expect(out.guards_are_untouched() && dx.guards_are_untouched(), name + ": writes stay inside");
                    return {out.values(), dx.values()};
                });
                std::vector<double> out, dx;
                for (size_t i = 0; i < (size_t)count; ++i) {
                    out.push_back(gelu(kind, x.doubles()[i]));
                    dx.push_back(dout.doubles()[i] * gelu_slope(kind, x.doubles()[i]));
                }
                expect_near(results[0], out, 2e-6, 2e-6 + rounding_of(type), name + " out");
                expect_near(results[1], dx, 2e-6, 2e-6 + rounding_of(type), name + " dx");
            }
        }
    }
}

void Extremes_and_nan_pass_through()
{
    for (const int32_t type : kTypes) {
        Array x(type, std::vector<float>{NAN, INFINITY, -1e30f, 1e30f}), out(type, 4);
        gn_cuda_gelu_forward(type, GN_GELU_ERF, x.data(), out.data(), 4);
        const std::vector<float> y = out.values();
        expect(std::isnan(y[0]) && std::isinf(y[1]) && y[2] == 0.0f && y[3] > 9e29f, "gelu of NaN and extremes");
        Array gate_up(type, std::vector<float>{NAN, -1e30f, 1.0f, 1.0f}), gated(type, 2);
        gn_cuda_swiglu_forward(type, gate_up.data(), gated.data(), 1, 2);
        expect(std::isnan(gated.values()[0]) && gated.values()[1] == 0.0f, "swiglu of NaN and extremes");
    }
    expect(gn_cuda_gelu_forward(GN_CUDA_FLOAT32, 2, nullptr, nullptr, 0) == GN_KERNEL_BAD_ARGUMENT, "an unknown gelu is refused");
    expect(gn_cuda_swiglu_forward(GN_CUDA_FLOAT32, nullptr, nullptr, 1, 4) == GN_KERNEL_BAD_ARGUMENT, "null is refused");
}

}  // namespace

void test_activation()
{
    Swiglu_equals_its_definition();
    Gelu_equals_its_definition();
    Extremes_and_nan_pass_through();
}

}  // namespace granary::cuda::tests
