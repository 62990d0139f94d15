#include "arrays.h"

namespace granary::cuda::tests {

namespace {

struct Case
{
    int32_t type;
    int32_t kind;
    int64_t rows;
    int64_t width;
    int64_t shift;      // of every matrix, in elements
    bool has_residual;  // delta forward, dsum backward
    bool has_parameters;
    bool accumulates;
    bool in_place;

    std::string name() const
    {
        return std::string(kind == GN_CUDA_LAYER_NORM ? "layer norm " : "rms norm ") + name_of(type) + " " + std::to_string(rows)
            + " x " + std::to_string(width) + (shift != 0 ? " shifted" : "") + (has_residual ? " residual" : "");
    }
};

struct Reference
{
    std::vector<double> y, mean, rstd, dx, dgamma, dbeta;
};

constexpr double kEps = 1e-5;

Reference evaluate(const Case& c, const std::vector<double>& x, const std::vector<double>& gamma, const std::vector<double>& beta,
                   const std::vector<double>& dy)
{
    const bool is_layer = c.kind == GN_CUDA_LAYER_NORM;
    const double width = (double)c.width;
    Reference r{{}, {}, {}, {}, std::vector<double>((size_t)c.width), std::vector<double>((size_t)c.width)};
    for (int64_t row = 0; row < c.rows; ++row) {
        const double* cells = &x[(size_t)(row * c.width)];
        const double* gradient = &dy[(size_t)(row * c.width)];
        double mean = 0.0, variance = 0.0, mean_g = 0.0, mean_gn = 0.0;
        for (int64_t i = 0; is_layer && i < c.width; ++i) {
            mean += cells[i] / width;
        }
        for (int64_t i = 0; i < c.width; ++i) {
            variance += (cells[i] - mean) * (cells[i] - mean) / width;
        }
        const double rstd = 1.0 / std::sqrt(variance + kEps);
        r.mean.push_back(mean);
        r.rstd.push_back(rstd);
        for (int64_t i = 0; i < c.width; ++i) {
            const double n = (cells[i] - mean) * rstd, g = gradient[i] * gamma[(size_t)i];
            r.y.push_back(n * gamma[(size_t)i] + beta[(size_t)i]);
            mean_g += is_layer ? g / width : 0.0;
            mean_gn += g * n / width;
            r.dgamma[(size_t)i] += gradient[i] * n;
            r.dbeta[(size_t)i] += gradient[i];
        }
        for (int64_t i = 0; i < c.width; ++i) {
            const double n = (cells[i] - mean) * rstd;
            r.dx.push_back(rstd * (gradient[i] * gamma[(size_t)i] - mean_g - n * mean_gn));
        }
    }
    return r;
}

void expect_equals_reference(const Case& c, Random& random)
{
    const int64_t cells = c.rows * c.width;
    const bool is_layer = c.kind == GN_CUDA_LAYER_NORM;
    const auto matrix = [&](float low, float high) { return Array(c.type, random.floats(cells, low, high), c.shift); };
    Array x = matrix(-2.0f, 3.0f), delta = matrix(-1.0f, 1.0f), dy = matrix(-1.0f, 1.0f), dsum = matrix(-1.0f, 1.0f);
    const std::vector<float> ones((size_t)c.width, 1.0f), zeros((size_t)c.width, 0.0f);
    Array gamma(GN_CUDA_FLOAT32, c.has_parameters ? random.floats(c.width, 0.5f, 1.5f) : ones);
    Array beta(GN_CUDA_FLOAT32, c.has_parameters && is_layer ? random.floats(c.width) : zeros);
    const auto run = [&]() -> std::vector<std::vector<float>> {
        Array sum(c.type, cells, c.shift), y(c.type, cells, c.shift), dx = c.in_place ? dy : Array(c.type, cells, c.shift);
        Array mean(GN_CUDA_FLOAT32, c.rows), rstd(GN_CUDA_FLOAT32, c.rows);
        Array dgamma(GN_CUDA_FLOAT32, c.width), dbeta(GN_CUDA_FLOAT32, c.width);
        Array scratch(GN_CUDA_FLOAT32, gn_cuda_column_scratch(c.rows, c.width));
        Array added = x;
        float* mean_or_null = is_layer ? mean.floats() : nullptr;
        const float* gamma_or_null = c.has_parameters ? gamma.floats() : nullptr;
        void* sum_or_null = !c.has_residual ? nullptr : c.in_place ? added.data() : sum.data();
        const gn_cuda_norm n{c.type, c.kind, c.rows, c.width, kEps, added.data(), c.has_residual ? delta.data() : nullptr, sum_or_null,
                             gamma_or_null, c.has_parameters && is_layer ? beta.floats() : nullptr, y.data(), mean_or_null,
                             rstd.floats()};
        expect(gn_cuda_norm_forward(&n) == GN_OK, c.name() + ": forward's status");
        const gn_cuda_norm_gradient b{c.type, c.kind, c.rows, c.width, c.has_residual ? sum_or_null : added.data(), gamma_or_null,
                                      mean_or_null, rstd.floats(), c.in_place ? dx.data() : dy.data(),
                                      c.has_residual ? dsum.data() : nullptr, dx.data(), dgamma.floats(),
                                      is_layer ? dbeta.floats() : nullptr, c.accumulates ? 1 : 0, 0, scratch.floats()};
        expect(gn_cuda_norm_backward(&b) == GN_OK, c.name() + ": backward's status");
        for (const Array* a : {&sum, &y, &dx, &mean, &rstd, &dgamma, &dbeta, &scratch, &added}) {
            expect(a->guards_are_untouched(), c.name() + ": writes stay inside");
        }
        return {c.has_residual && c.in_place ? added.values() : sum.values(), y.values(), mean.values(), rstd.values(), dx.values(),
                dgamma.values(), dbeta.values()};
    };
    const auto results = in_both_orders(c.name(), run);

    std::vector<double> normalised = x.doubles();
    if (c.has_residual) {
        const std::vector<float> a = x.values(), b = delta.values();
        std::vector<float> exact(a.size());
        for (size_t i = 0; i < a.size(); ++i) {
            exact[i] = a[i] + b[i];
        }
        normalised = Array(c.type, exact).doubles();
        expect_near(results[0], normalised, 0.0, 1e-12, c.name() + " sum");
    }
    Reference r = evaluate(c, normalised, gamma.doubles(), beta.doubles(), dy.doubles());
    const double rounding = rounding_of(c.type);
    if (c.has_residual) {
        const std::vector<double> past = dsum.doubles();
        for (size_t i = 0; i < r.dx.size(); ++i) {
            r.dx[i] += past[i];
        }
    }
    for (int64_t i = 0; c.accumulates && i < c.width; ++i) {
        r.dgamma[(size_t)i] += 77.0;
        r.dbeta[(size_t)i] += 77.0;
    }
    expect_near(results[1], r.y, 4e-6, 2e-6 + rounding, c.name() + " y");
    if (is_layer) {
        expect_near(results[2], r.mean, 2e-6, 2e-6, c.name() + " mean");
        expect_near(results[6], r.dbeta, 4e-6 * std::sqrt((double)c.rows + 1.0), 2e-6, c.name() + " dbeta");
    }
    expect_near(results[3], r.rstd, 0.0, 4e-6, c.name() + " rstd");
    expect_near(results[4], r.dx, 2e-5, 2e-6 + rounding, c.name() + " dx");
    expect_near(results[5], r.dgamma, 1e-5 * std::sqrt((double)c.rows + 1.0), 2e-6, c.name() + " dgamma");
}

void Norms_equal_their_definitions()
{
    Random random(1);
    const int64_t widths[] = {8, 64, 100, 256, 264, 512, 768, 776, 1024, 1032, 2048, 2304, 3072, 4096, 4104, 6144, 8192, 8200, 8201, 1, 3, 257, 1025};
    for (const int32_t type : kTypes) {
        for (const int32_t kind : {GN_CUDA_RMS_NORM, GN_CUDA_LAYER_NORM}) {
            for (const int64_t width : widths) {
                const int64_t rows = random.between(1, width > 1100 ? 3 : 9);
                const bool shifted = random.between(0, 4) == 0;
                expect_equals_reference({type, kind, rows, width, shifted ? 1 : 0, random.between(0, 1) == 1, random.between(0, 3) != 0,
                                         random.between(0, 1) == 1, random.between(0, 2) == 0},
                                        random);
            }
        }
    }
}

// More rows than blocks: each block goes over several, and several warps add up.
void Norms_of_many_rows_equal_their_definitions()
{
    Random random(2);
    for (const int32_t type : kTypes) {
        for (const int32_t kind : {GN_CUDA_RMS_NORM, GN_CUDA_LAYER_NORM}) {
            expect_equals_reference({type, kind, 4 * 528 + 7, 16, 0, true, true, true, false}, random);
            expect_equals_reference({type, kind, 1100, 13, 0, true, true, false, false}, random);
            expect_equals_reference({type, kind, 530, 1040, 0, false, true, false, false}, random);
        }
    }
}

void Gradients_of_parameters_are_zero_without_rows()
{
    for (const int32_t accumulate : {0, 1}) {
        Array dgamma(GN_CUDA_FLOAT32, 20), dbeta(GN_CUDA_FLOAT32, 20);
        gn_cuda_norm_gradient b{};
        b.type = GN_CUDA_FLOAT32;
        b.kind = GN_CUDA_LAYER_NORM;
        b.width = 20;
        b.dgamma = dgamma.floats();
        b.dbeta = dbeta.floats();
        b.accumulate = accumulate;
        expect(gn_cuda_norm_backward(&b) == GN_OK, "norm of no rows: status");
        const std::vector<double> expected(20, accumulate != 0 ? 77.0 : 0.0);
        expect_near(dgamma.values(), expected, 0.0, 1e-12, "norm of no rows: dgamma");
        expect_near(dbeta.values(), expected, 0.0, 1e-12, "norm of no rows: dbeta");
    }
}

void A_gradient_of_either_parameter_may_be_left_out()
{
    Random random(3);
    Array x(GN_CUDA_FLOAT32, random.floats(5 * 12)), dy(GN_CUDA_FLOAT32, random.floats(5 * 12)), dx(GN_CUDA_FLOAT32, 60);
    Array mean(GN_CUDA_FLOAT32, std::vector<float>(5, 0.25f)), rstd(GN_CUDA_FLOAT32, std::vector<float>(5, 1.5f));
    Array scratch(GN_CUDA_FLOAT32, gn_cuda_column_scratch(5, 12));
    std::vector<double> dbeta(12);
    for (size_t i = 0; i < 60; ++i) {
        dbeta[i % 12] += dy.doubles()[i];
    }
    Array to(GN_CUDA_FLOAT32, 12);
    gn_cuda_norm_gradient b{GN_CUDA_FLOAT32, GN_CUDA_LAYER_NORM, 5,      12,      x.data(), nullptr,     mean.floats(), rstd.floats(),
                            dy.data(),       nullptr,            dx.data(), nullptr, to.floats(), 0, 0,             scratch.floats()};
    expect(gn_cuda_norm_backward(&b) == GN_OK, "dbeta alone: status");
    expect_near(to.values(), dbeta, 1e-6, 1e-6, "dbeta alone");
    b.dbeta = nullptr;
    b.scratch = nullptr;
    expect(gn_cuda_norm_backward(&b) == GN_OK, "neither dgamma nor dbeta: status");
}

void A_row_with_a_nan_is_nan_and_no_other()
{
    for (const int32_t type : kTypes) {
        std::vector<float> values(4 * 64, 0.5f);
        values[2 * 64 + 9] = NAN;
        Array x(type, values), y(type, 4 * 64), rstd(GN_CUDA_FLOAT32, 4);
        const gn_cuda_norm n{type, GN_CUDA_RMS_NORM, 4, 64, kEps, x.data(), nullptr, nullptr, nullptr, nullptr, y.data(), nullptr, rstd.floats()};
        gn_cuda_norm_forward(&n);
        bool as_expected = true;
        for (size_t i = 0; i < 256; ++i) {
            as_expected &= std::isnan(y.values()[i]) == (i / 64 == 2);
        }
        expect(as_expected, "a NaN makes its row NaN");
    }
}

void Contradictions_are_refused()
{
    Array x(GN_CUDA_FLOAT32, 16);
    gn_cuda_norm n{GN_CUDA_FLOAT32, GN_CUDA_RMS_NORM, 2, 8, kEps, x.data(), x.data(), nullptr, nullptr, nullptr, x.data(), nullptr, x.floats()};
    expect(gn_cuda_norm_forward(&n) == GN_KERNEL_BAD_ARGUMENT, "delta without sum is refused");
    n.delta = nullptr;
    n.type = 5;
    expect(gn_cuda_norm_forward(&n) == GN_KERNEL_BAD_ARGUMENT, "half precision is refused");
    n.type = GN_CUDA_FLOAT32;
    n.kind = GN_CUDA_LAYER_NORM;
    expect(gn_cuda_norm_forward(&n) == GN_KERNEL_BAD_ARGUMENT, "LayerNorm without a place for the mean is refused");
}

}  // namespace

void test_norm()
{
    Norms_equal_their_definitions();
    Norms_of_many_rows_equal_their_definitions();
    Gradients_of_parameters_are_zero_without_rows();
    A_gradient_of_either_parameter_may_be_left_out();
    A_row_with_a_nan_is_nan_and_no_other();
    Contradictions_are_refused();
}

void test_columns()
{
    Random random(4);
    const int64_t shapes[][2] = {{1, 1}, {7, 8}, {9, 100}, {40, 256}, {5, 300}, {2, 4000}, {5000, 24}, {700, 17}, {0, 6}};
    for (const int32_t type : kTypes) {
        for (const auto& shape : shapes) {
            for (const int32_t accumulate : {0, 1}) {
                const int64_t rows = shape[0], width = shape[1], shift = rows == 40 ? 1 : 0;
                const std::string name = std::string("column sums ") + name_of(type) + " " + std::to_string(rows) + " x " + std::to_string(width);
                Array x(type, random.floats(rows * width), shift);
                std::vector<double> expected((size_t)width, accumulate != 0 ? 77.0 : 0.0);
                const std::vector<double> cells = x.doubles();
                for (size_t i = 0; i < cells.size(); ++i) {
                    expected[i % (size_t)width] += cells[i];
                }
                const auto results = in_both_orders(name, [&]() -> std::vector<std::vector<float>> {
                    Array out(GN_CUDA_FLOAT32, width), scratch(GN_CUDA_FLOAT32, gn_cuda_column_scratch(rows, width));
                    expect(gn_cuda_column_sums(type, x.data(), rows, width, out.floats(), accumulate, scratch.floats()) == GN_OK, name + ": status");
                    expect(out.guards_are_untouched() && scratch.guards_are_untouched(), name + ": writes stay inside");
                    return {out.values()};
                });
                expect_near(results[0], expected, 4e-6 * std::sqrt((double)rows + 1.0), 2e-6, name);
            }
        }
    }
}

}  // namespace granary::cuda::tests
