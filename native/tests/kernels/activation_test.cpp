#include "granary/kernels_activation.h"

#include "check.h"

namespace granary::kernels::tests {

namespace {

double gelu_tanh(double x) { return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x))); }
double gelu_erf(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }
double silu(double x) { return x / (1.0 + std::exp(-x)); }

double slope(double (*f)(double), double x) { return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5; }

void Gelu_equals_its_definition_and_differences()
{
    Random random(61);
    for (const int32_t kind : {GN_GELU_TANH, GN_GELU_ERF}) {
        double (*const f)(double) = kind == GN_GELU_TANH ? gelu_tanh : gelu_erf;
        for (int round = 0; round < 10; ++round) {
            const int64_t rows = random.between(1, 60), width = random.between(1, 100), stride = width + round % 3;
            const bool has_bias = round % 2 == 0;
            const float range = round < 5 ? 5.0f : 40.0f;
            std::vector<float> x = random.floats(rows * stride, -range, range), dout = random.floats(rows * stride);
            const std::vector<float> bias = random.floats(width);
            std::vector<float> out(x.size()), dx(x.size()), dbias((size_t)width, 5.0f), dbias_many((size_t)width);
            std::vector<float> y;
            std::vector<float> gradient;
            std::vector<double> expected, expected_gradient, expected_bias((size_t)width);
            const gn_kernels_activation_matrix mx{x.data(), stride}, mo{out.data(), stride}, mg{dout.data(), stride},
                md{dx.data(), stride};
            const float* given = has_bias ? bias.data() : nullptr;

            gn_kernels_activation_gelu_forward(kind, &mx, given, &mo, rows, width, 2);
            gn_kernels_activation_gelu_backward(kind, &mx, given, &mg, &md, dbias.data(), rows, width, 1);
            gn_kernels_activation_gelu_backward(kind, &mx, given, &mg, &md, dbias_many.data(), rows, width, 3);

            for (int64_t n = 0; n < rows; ++n) {
                for (int64_t i = 0; i < width; ++i) {
                    const auto at = (size_t)(n * stride + i);
                    const double in = has_bias ? (double)(x[at] + bias[(size_t)i]) : (double)x[at];
                    y.push_back(out[at]);
                    gradient.push_back(dx[at]);
                    expected.push_back(f(in));
                    expected_gradient.push_back(dout[at] * slope(f, in));
                    expected_bias[(size_t)i] += expected_gradient.back();
                }
            }
            const std::string name = std::string(kind == GN_GELU_TANH ? "gelu tanh" : "gelu erf") + ", round " + std::to_string(round);
            expect_close(y, expected, 5e-7, 1e-6, name + " out");
            expect_close(gradient, expected_gradient, 2e-6, 2e-6, name + " dx");
            expect_close(dbias, expected_bias, 2e-5, 2e-5, name + " dbias");
            expect_same_bits(dbias, dbias_many, name + " dbias does not depend on threads");
        }
    }
}

void Swiglu_equals_its_definition_and_differences()
{
    Random random(62);
    for (int round = 0; round < 10; ++round) {
        const int64_t rows = random.between(1, 20), width = random.between(1, 100), stride = 2 * width;  // two halves
        const float range = round < 5 ? 6.0f : 100.0f;
        std::vector<float> both = random.floats(rows * stride, -range, range), dout = random.floats(rows * width);
        std::vector<float> out((size_t)(rows * width)), dboth(both.size());
        const gn_kernels_activation_matrix gate{both.data(), stride}, up{both.data() + width, stride}, mo{out.data(), width},
            mg{dout.data(), width}, dgate{dboth.data(), stride}, dup{dboth.data() + width, stride};

        gn_kernels_activation_swiglu_forward(&gate, &up, &mo, rows, width, 2);
        gn_kernels_activation_swiglu_backward(&gate, &up, &mg, &dgate, &dup, rows, width, 2);

        std::vector<double> expected, expected_gradient(both.size());
        for (int64_t n = 0; n < rows; ++n) {
            for (int64_t i = 0; i < width; ++i) {
                const double g = both[(size_t)(n * stride + i)], u = both[(size_t)(n * stride + width + i)];
                const double d = dout[(size_t)(n * width + i)];
                expected.push_back(silu(g) * u);
                expected_gradient[(size_t)(n * stride + i)] = d * u * slope(silu, g);
                expected_gradient[(size_t)(n * stride + width + i)] = d * silu(g);
            }
        }
        expect_close(out, expected, 1e-6, 1e-6, "swiglu out");
        expect_close(dboth, expected_gradient, 1e-6 * range, 2e-6, "swiglu gradients");

        gn_kernels_activation_swiglu_backward(&gate, &up, &mg, &gate, &up, rows, width, 1);
        expect_same_bits(both, dboth, "swiglu gradients in place");
    }
}

void Nan_passes_through()
{
    float x[2] = {NAN, 1.0f};
    float out[2] = {};
    const gn_kernels_activation_matrix mx{x, 2}, mo{out, 2};
    for (const int32_t kind : {GN_GELU_TANH, GN_GELU_ERF}) {
        gn_kernels_activation_gelu_forward(kind, &mx, nullptr, &mo, 1, 2, 1);
        expect(std::isnan(out[0]) && std::isfinite(out[1]), "gelu keeps a NaN where it is");
    }
    gn_kernels_activation_swiglu_forward(&mx, &mx, &mo, 1, 2, 1);
    expect(std::isnan(out[0]) && std::isfinite(out[1]), "swiglu keeps a NaN where it is");
}

}  // namespace

void test_activation()
{
    Gelu_equals_its_definition_and_differences();
    Swiglu_equals_its_definition_and_differences();
    Nan_passes_through();
}

}  // namespace granary::kernels::tests
