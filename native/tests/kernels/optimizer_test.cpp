#include "granary/kernels_optimizer.h"

#include "bfloat16_reference.h"
#include "check.h"

namespace granary::kernels::tests {

namespace {

struct Parameters
{
    std::vector<std::vector<float>> value, gradient, first, second;
    std::vector<double> decay;
    std::vector<std::vector<uint16_t>> copy;  // of every other one

    std::vector<gn_kernels_optimizer_parameter> view()
    {
        std::vector<gn_kernels_optimizer_parameter> result;
        for (size_t t = 0; t < value.size(); ++t) {
            result.push_back({value[t].data(), gradient[t].data(), first[t].data(), second[t].data(),
                              (int64_t)value[t].size(), decay[t], t % 2 == 0 ? copy[t].data() : nullptr});
        }
        return result;
    }
};

Parameters random_parameters(uint64_t seed)
{
    Random random(seed);
    Parameters p;
    for (const int64_t count : {1, 15, 16, 17, 1000, 70001, 0}) {
        p.value.push_back(random.floats(count));
        p.gradient.push_back(random.floats(count, -3.0f, 3.0f));
        p.first.push_back(std::vector<float>((size_t)count));
        p.second.push_back(std::vector<float>((size_t)count));
        p.decay.push_back(count % 2 == 0 ? 0.1 : 0.0);
        p.copy.push_back(std::vector<uint16_t>((size_t)count));
    }
    return p;
}

// One step at a time in double, as PyTorch's documentation states it.
void Adamw_equals_its_definition_over_steps()
{
    Parameters p = random_parameters(11);
    std::vector<std::vector<double>> value, first, second;
    for (const auto& v : p.value) {
        value.emplace_back(v.begin(), v.end());
        first.emplace_back(v.size());
        second.emplace_back(v.size());
    }
    Random random(12);
    const double lr = 3e-3, beta1 = 0.9, beta2 = 0.95, eps = 1e-8, scale = 0.37;
    for (int64_t step = 1; step <= 5; ++step) {
        for (auto& g : p.gradient) {
            g = random.floats((int64_t)g.size(), -3.0f, 3.0f);
        }
        for (size_t t = 0; t < value.size(); ++t) {
            for (size_t i = 0; i < value[t].size(); ++i) {
                const double g = p.gradient[t][i] * scale;
                value[t][i] *= 1.0 - lr * p.decay[t];
                first[t][i] = beta1 * first[t][i] + (1.0 - beta1) * g;
                second[t][i] = beta2 * second[t][i] + (1.0 - beta2) * g * g;
                const double denominator = std::sqrt(second[t][i]) / std::sqrt(1.0 - std::pow(beta2, (double)step)) + eps;
                value[t][i] -= lr / (1.0 - std::pow(beta1, (double)step)) * first[t][i] / denominator;
            }
        }
        const auto view = p.view();
        const gn_kernels_optimizer_adamw_settings settings{lr, beta1, beta2, eps, scale, step};
        expect(gn_kernels_optimizer_adamw(view.data(), (int64_t)view.size(), &settings, 2) == GN_OK, "adamw status");
    }
    for (size_t t = 0; t < value.size(); ++t) {
        expect_close(p.value[t], value[t], 1e-6, 1e-6, "adamw value");
        expect_close(p.first[t], first[t], 1e-6, 1e-6, "adamw exp_avg");
        expect_close(p.second[t], second[t], 1e-6, 1e-6, "adamw exp_avg_sq");
        for (size_t i = 0; i < value[t].size(); ++i) {
            if (p.copy[t][i] != (t % 2 == 0 ? rounded(p.value[t][i]) : 0)) {
                expect(false, "adamw writes the copy of what has one");
            }
        }
    }
}

// From the same start with PyTorch 1.13.0: torch.optim.AdamW([p], lr=0.01, betas=(0.9, 0.999), eps=1e-8,
// weight_decay=0.1), p = [0.5, -1.25, 2.0], gradients [0.1, -0.2, 0.3], [0.05, 0.4, -0.6], [1e-4, 0.0, 2.0].
void Adamw_equals_pytorch()
{
    std::vector<float> p{0.5f, -1.25f, 2.0f}, m(3), v(3), g(3);
    const float gradients[3][3] = {{0.1f, -0.2f, 0.3f}, {0.05f, 0.4f, -0.6f}, {1e-4f, 0.0f, 2.0f}};
    for (int64_t step = 1; step <= 3; ++step) {
        g.assign(gradients[step - 1], gradients[step - 1] + 3);
        const gn_kernels_optimizer_parameter view{p.data(), g.data(), m.data(), v.data(), 3, 0.1, nullptr};
        const gn_kernels_optimizer_adamw_settings settings{0.01, 0.9, 0.999, 1e-8, 1.0, step};
        gn_kernels_optimizer_adamw(&view, 1, &settings, 1);
    }
    expect_close(p, {0.471997559, -1.24276114, 1.98252606}, 2e-7, 2e-7, "adamw as in PyTorch");
}

void Adamw_does_not_depend_on_threads()
{
    Parameters one = random_parameters(13), many = random_parameters(13);
    const gn_kernels_optimizer_adamw_settings settings{1e-3, 0.9, 0.999, 1e-8, 1.0, 7};
    gn_kernels_optimizer_adamw(one.view().data(), 7, &settings, 1);
    gn_kernels_optimizer_adamw(many.view().data(), 7, &settings, 3);
    for (size_t t = 0; t < one.value.size(); ++t) {
        expect_same_bits(one.value[t], many.value[t], "adamw gives the same bits with 3 threads");
    }
}

void Sum_of_squares_is_exact_in_order_and_sees_what_is_not_finite()
{
    Parameters p = random_parameters(14);
    std::vector<gn_kernels_optimizer_span> spans;
    long double expected = 0.0L;
    for (auto& g : p.gradient) {
        spans.push_back({g.data(), (int64_t)g.size()});
        for (const float x : g) {
            expected += (long double)x * x;
        }
    }
    double one = 0.0, many = 0.0;
    gn_kernels_optimizer_sum_squares(spans.data(), (int64_t)spans.size(), &one, 1);
    gn_kernels_optimizer_sum_squares(spans.data(), (int64_t)spans.size(), &many, 4);
    expect(one == many, "sum of squares gives the same bits with 4 threads");
    expect(std::fabs(one - (double)expected) <= 1e-12 * (double)expected, "sum of squares in double");
    for (const float bad : {NAN, INFINITY, -INFINITY}) {
        const float kept = p.gradient[5][66000];
        p.gradient[5][66000] = bad;
        gn_kernels_optimizer_sum_squares(spans.data(), (int64_t)spans.size(), &one, 2);
        expect(!std::isfinite(one), "sum of squares is not finite when an element is not");
        p.gradient[5][66000] = kept;
    }
    p.gradient[5][0] = 3e38f;
    gn_kernels_optimizer_sum_squares(spans.data(), (int64_t)spans.size(), &one, 2);
    expect(std::isfinite(one), "sum of squares of large finite elements is finite");
    gn_kernels_optimizer_sum_squares(nullptr, 0, &one, 0);
    expect(one == 0.0, "sum of squares of nothing is 0");
}

void Scale_and_fill_reach_every_element()
{
    Parameters p = random_parameters(15);
    std::vector<gn_kernels_optimizer_span> spans;
    std::vector<std::vector<float>> before = p.gradient;
    for (auto& g : p.gradient) {
        spans.push_back({g.data(), (int64_t)g.size()});
    }
    gn_kernels_optimizer_scale(spans.data(), (int64_t)spans.size(), 0.25f, 2);
    bool scaled = true;
    for (size_t t = 0; t < before.size(); ++t) {
        for (size_t i = 0; i < before[t].size(); ++i) {
            scaled &= p.gradient[t][i] == before[t][i] * 0.25f;
        }
    }
    expect(scaled, "scale multiplies every element");
    p.gradient[4][3] = NAN;
    gn_kernels_optimizer_fill(spans.data(), (int64_t)spans.size(), 0.0f, 2);
    bool filled = true;
    for (const auto& g : p.gradient) {
        for (const float x : g) {
            filled &= x == 0.0f;
        }
    }
    expect(filled, "fill replaces every element, a NaN too");
}

}  // namespace

void test_optimizer()
{
    Adamw_equals_its_definition_over_steps();
    Adamw_equals_pytorch();
    Adamw_does_not_depend_on_threads();
    Sum_of_squares_is_exact_in_order_and_sees_what_is_not_finite();
    Scale_and_fill_reach_every_element();
}

}  // namespace granary::kernels::tests
