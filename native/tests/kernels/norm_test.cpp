#include "granary/kernels_norm.h"

#include <algorithm>

#include "check.h"

namespace granary::kernels::tests {

namespace {

struct Case
{
    bool layer;
    int64_t rows;
    int64_t width;
    double eps;
    std::vector<double> x, gamma, beta;  // x with the residual added
};

struct Result
{
    std::vector<double> y, mean, rstd;
};

Result evaluate(const Case& c)
{
    Result r;
    for (int64_t n = 0; n < c.rows; ++n) {
        const double* x = &c.x[(size_t)(n * c.width)];
        double mean = 0.0, variance = 0.0;
        for (int64_t i = 0; c.layer && i < c.width; ++i) {
            mean += x[i] / (double)c.width;
        }
        for (int64_t i = 0; i < c.width; ++i) {
            variance += (x[i] - mean) * (x[i] - mean) / (double)c.width;
        }
        const double rstd = 1.0 / std::sqrt(variance + c.eps);
        r.mean.push_back(mean);
        r.rstd.push_back(rstd);
        for (int64_t i = 0; i < c.width; ++i) {
            r.y.push_back((x[i] - mean) * rstd * c.gamma[(size_t)i] + (c.layer ? c.beta[(size_t)i] : 0.0));
        }
    }
    return r;
}

std::vector<double> differences(Case& c, std::vector<double>& values, const std::vector<double>& dy)
{
    const auto objective = [&] {
        const Result r = evaluate(c);
        double sum = 0.0;
        for (size_t i = 0; i < r.y.size(); ++i) {
            sum += r.y[i] * dy[i];
        }
        return sum;
    };
    std::vector<double> slopes;
    for (double& value : values) {
        const double kept = value;
        value = kept + 1e-5;
        const double above = objective();
        value = kept - 1e-5;
        slopes.push_back((above - objective()) / 2e-5);
        value = kept;
    }
    return slopes;
}

struct KernelOutputs
{
    std::vector<float> y, sum, mean, rstd, dx, dgamma, dbeta;
};

KernelOutputs run_kernels(const Case& c, const std::vector<float>& x, const std::vector<float>& residual,
                          const std::vector<float>& dy, const std::vector<float>& dsum, int32_t threads)
{
    const auto cells = (size_t)(c.rows * c.width);
    const std::vector<float> gamma(c.gamma.begin(), c.gamma.end()), beta(c.beta.begin(), c.beta.end());
    KernelOutputs k{std::vector<float>(cells), std::vector<float>(cells), std::vector<float>((size_t)c.rows),
                    std::vector<float>((size_t)c.rows), std::vector<float>(cells), std::vector<float>(gamma.size(), 9.0f),
                    std::vector<float>(gamma.size(), 9.0f)};
    const float* added = residual.empty() ? nullptr : residual.data();
    float* sum = residual.empty() ? nullptr : k.sum.data();
    const float* normalised = residual.empty() ? x.data() : k.sum.data();
    const float* past = dsum.empty() ? nullptr : dsum.data();
    const auto eps = (float)c.eps;
    if (c.layer) {
        gn_kernels_norm_layer_forward(x.data(), added, sum, gamma.data(), beta.data(), k.y.data(), k.mean.data(),
                                      k.rstd.data(), c.rows, c.width, eps, threads);
        gn_kernels_norm_layer_backward(normalised, gamma.data(), k.mean.data(), k.rstd.data(), dy.data(), past, k.dx.data(),
                                       k.dgamma.data(), k.dbeta.data(), c.rows, c.width, threads);
    } else {
        gn_kernels_norm_rms_forward(x.data(), added, sum, gamma.data(), k.y.data(), k.rstd.data(), c.rows, c.width, eps,
                                    threads);
        gn_kernels_norm_rms_backward(normalised, gamma.data(), k.rstd.data(), dy.data(), past, k.dx.data(), k.dgamma.data(),
                                     c.rows, c.width, threads);
    }
    return k;
}

// Small shapes: every gradient is a central difference of the definition, so no second derivation can share a fault.
void Norms_equal_their_definitions_and_differences()
{
    Random random(31);
    for (int round = 0; round < 24; ++round) {
        const bool layer = round % 2 == 0;
        const int64_t rows = random.between(1, 6), width = random.between(2, 40);
        Case c{layer, rows, width, (float)1e-5, {}, {}, {}};
        const std::vector<float> x = random.floats(rows * width, -2.0f, 3.0f);
        const std::vector<float> residual = round % 3 == 0 ? random.floats(rows * width) : std::vector<float>{};
        for (size_t i = 0; i < x.size(); ++i) {
            c.x.push_back(residual.empty() ? (double)x[i] : (double)(x[i] + residual[i]));
        }
        for (int64_t i = 0; i < width; ++i) {
            c.gamma.push_back(random.uniform(-2.0f, 2.0f));
            c.beta.push_back(random.uniform(-1.0f, 1.0f));
        }
        const std::vector<float> dy = random.floats(rows * width);
        const std::vector<float> dsum = round % 4 == 0 ? random.floats(rows * width) : std::vector<float>{};
        const std::string name = (layer ? "layer norm, round " : "rms norm, round ") + std::to_string(round);

        const KernelOutputs k = run_kernels(c, x, residual, dy, dsum, 2);

        const Result r = evaluate(c);
        expect_close(k.y, r.y, 5e-6, 5e-6, name + " y");
        expect_close(k.rstd, r.rstd, 1e-6, 1e-5, name + " rstd");
        if (!residual.empty()) {
            expect_close(k.sum, c.x, 0.0, 0.0, name + " sum");
        }
        const std::vector<double> gradient(dy.begin(), dy.end());
        std::vector<double> dx = differences(c, c.x, gradient);
        for (size_t i = 0; i < dsum.size(); ++i) {
            dx[i] += dsum[i];
        }
        const double steepest = 1.0 + *std::max_element(r.rstd.begin(), r.rstd.end());
        expect_close(k.dx, dx, 1e-5 * steepest, 1e-5, name + " dx");
        expect_close(k.dgamma, differences(c, c.gamma, gradient), 2e-5, 2e-5, name + " dgamma");
        if (layer) {
            expect_close(k.mean, r.mean, 1e-6, 1e-6, name + " mean");
            expect_close(k.dbeta, differences(c, c.beta, gradient), 2e-5, 2e-5, name + " dbeta");
        }
    }
}

void Gradients_of_gamma_and_beta_do_not_depend_on_threads()
{
    Random random(32);
    const int64_t rows = 333, width = 770;
    for (const bool layer : {true, false}) {
        Case c{layer, rows, width, 1e-5, {}, std::vector<double>((size_t)width, 1.5), std::vector<double>((size_t)width)};
        const std::vector<float> x = random.floats(rows * width), dy = random.floats(rows * width);
        const KernelOutputs one = run_kernels(c, x, {}, dy, {}, 1);
        std::vector<double> dbeta((size_t)width);
        for (int64_t i = 0; i < rows * width; ++i) {
            dbeta[(size_t)(i % width)] += dy[(size_t)i];
        }
        for (const int32_t threads : {2, 5}) {
            const KernelOutputs many = run_kernels(c, x, {}, dy, {}, threads);
            expect_same_bits(one.dgamma, many.dgamma, "dgamma does not depend on threads");
            expect_same_bits(one.dbeta, many.dbeta, "dbeta does not depend on threads");
            expect_same_bits(one.dx, many.dx, "dx does not depend on threads");
        }
        if (layer) {
            expect_close(one.dbeta, dbeta, 2e-5, 1e-5, "dbeta over many rows");
        }
    }
}

}  // namespace

void test_norm()
{
    Norms_equal_their_definitions_and_differences();
    Gradients_of_gamma_and_beta_do_not_depend_on_threads();
}

}  // namespace granary::kernels::tests
