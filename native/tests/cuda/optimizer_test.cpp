#include "arrays.h"

namespace granary::cuda::tests {

namespace {

struct Parameter
{
    Array value, gradient, exp_avg, exp_avg_sq, copy;
    int64_t count;
    double weight_decay;
    bool has_copy;
    bool has_gradient;

    Parameter(Random& random, int64_t elements, int64_t shift, double decay, bool with_copy, bool with_gradient)
        : value(GN_CUDA_FLOAT32, random.floats(elements), shift), gradient(GN_CUDA_FLOAT32, random.floats(elements, -3.0f, 3.0f), shift),
          exp_avg(GN_CUDA_FLOAT32, random.floats(elements), shift), exp_avg_sq(GN_CUDA_FLOAT32, random.floats(elements, 0.0f, 1.0f), shift),
          copy(GN_CUDA_BFLOAT16, elements, shift), count(elements), weight_decay(decay), has_copy(with_copy), has_gradient(with_gradient)
    {
    }

    gn_cuda_parameter view()
    {
        return {value.floats(),      has_gradient ? gradient.floats() : nullptr, exp_avg.floats(), exp_avg_sq.floats(),
                has_copy ? copy.data() : nullptr, count,                                      weight_decay};
    }
};

std::vector<Parameter> some_parameters()
{
    Random random(40);
    std::vector<Parameter> parameters;
    parameters.emplace_back(random, 2 * GN_CUDA_CHUNK + 100, 0, 0.1, true, true);
    parameters.emplace_back(random, 5, 0, 0.0, false, true);
    parameters.emplace_back(random, GN_CUDA_CHUNK, 1, 0.05, true, true);
    parameters.emplace_back(random, 77, 0, 0.1, true, false);
    parameters.emplace_back(random, GN_CUDA_CHUNK + 12, 0, 0.1, false, true);
    return parameters;
}

std::vector<int32_t> chunks_of(const std::vector<Parameter>& parameters)
{
    std::vector<int32_t> chunks;
    for (size_t i = 0; i < parameters.size(); ++i) {
        for (int64_t first = 0; first < parameters[i].count; first += GN_CUDA_CHUNK) {
            chunks.insert(chunks.end(), {(int32_t)i, (int32_t)(first / GN_CUDA_CHUNK)});
        }
    }
    return chunks;
}

std::vector<gn_cuda_parameter> views_of(std::vector<Parameter>& parameters)
{
    std::vector<gn_cuda_parameter> views;
    for (Parameter& p : parameters) {
        views.push_back(p.view());
    }
    return views;
}

void Adamw_equals_its_definition()
{
    const gn_kernels_optimizer_adamw_settings s{1e-2, 0.9, 0.95, 1e-8, 0.5, 3};
    std::vector<Parameter> before = some_parameters();
    const std::vector<int32_t> chunks = chunks_of(before);
    const auto results = in_both_orders("adamw", [&] {
        std::vector<Parameter> parameters = some_parameters();
        const std::vector<gn_cuda_parameter> views = views_of(parameters);
        expect(gn_cuda_adamw_step(views.data(), chunks.data(), (int64_t)chunks.size() / 2, &s) == GN_OK, "adamw: status");
        std::vector<std::vector<float>> values;
        for (Parameter& p : parameters) {
            for (const Array* a : {&p.value, &p.exp_avg, &p.exp_avg_sq, &p.copy}) {
                expect(a->guards_are_untouched(), "adamw: writes stay inside");
                values.push_back(a->values());
            }
        }
        return values;
    });
    for (size_t i = 0; i < before.size(); ++i) {
        Parameter& p = before[i];
        std::vector<double> value = p.value.doubles(), first = p.exp_avg.doubles(), second = p.exp_avg_sq.doubles();
        const std::vector<double> gradient = p.gradient.doubles();
        for (size_t e = 0; p.has_gradient && e < value.size(); ++e) {
            const double g = gradient[e] * s.gradient_scale;
            first[e] = s.beta1 * first[e] + (1.0 - s.beta1) * g;
            second[e] = s.beta2 * second[e] + (1.0 - s.beta2) * g * g;
            value[e] *= 1.0 - s.learning_rate * p.weight_decay;
            value[e] -= s.learning_rate / (1.0 - std::pow(s.beta1, 3.0)) * first[e]
                / (std::sqrt(second[e]) / std::sqrt(1.0 - std::pow(s.beta2, 3.0)) + s.eps);
        }
        const std::string name = "adamw, parameter " + std::to_string(i);
        expect_near(results[4 * i], value, 2e-7, 2e-6, name + " value");
        expect_near(results[4 * i + 1], first, 2e-7, 1e-6, name + " first moment");
        expect_near(results[4 * i + 2], second, 2e-7, 1e-6, name + " second moment");
        std::vector<float> rounded = results[4 * i];
        for (float& x : rounded) {
            x = p.has_copy && p.has_gradient ? from_bfloat16(to_bfloat16(x)) : 77.0f;
        }
        expect_same_bits(results[4 * i + 3], rounded, name + " copy");
    }
}

void Sum_of_squares_equals_its_definition()
{
    std::vector<Parameter> parameters = some_parameters();
    const std::vector<int32_t> chunks = chunks_of(parameters);
    const auto count = (int64_t)chunks.size() / 2;
    double expected = 0.0;
    for (const Parameter& p : parameters) {
        for (const double g : p.gradient.doubles()) {
            expected += p.has_gradient ? g * g : 0.0;
        }
    }
    const auto sum_of = [&] {
        const std::vector<gn_cuda_parameter> views = views_of(parameters);
        std::vector<double> scratch((size_t)count);
        double sum = -1.0;
        expect(gn_cuda_sum_squares(views.data(), chunks.data(), count, scratch.data(), &sum) == GN_OK, "sum of squares: status");
        return sum;
    };
    emulation::set_order(emulation::Order::kBackwards);
    const double backwards = sum_of();
    emulation::set_order(emulation::Order::kForwards);
    expect(sum_of() == backwards, "sum of squares: the same bits in both orders");
    expect(std::fabs(backwards / expected - 1.0) < 1e-13, "sum of squares equals its definition");

    parameters[2].gradient.floats()[3] = 1e30f;
    expect(std::isfinite(sum_of()), "the square of a finite gradient is finite");
    parameters[2].gradient.floats()[3] = -INFINITY;
    expect(!std::isfinite(sum_of()), "an infinite gradient is seen");
    parameters[2].gradient.floats()[3] = NAN;
    expect(std::isnan(sum_of()), "a NaN is seen");

    double nothing = 5.0;
    expect(gn_cuda_sum_squares(nullptr, nullptr, 0, nullptr, &nothing) == GN_OK && nothing == 0.0, "no chunks: 0");
}

}  // namespace

void test_optimizer()
{
    Adamw_equals_its_definition();
    Sum_of_squares_equals_its_definition();
}

}  // namespace granary::cuda::tests
