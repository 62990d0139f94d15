#include "arrays.h"

namespace granary::cuda::tests {

namespace {

void Cross_entropy_equals_its_definition()
{
    Random random(30);
    const int64_t shapes[][3] = {{4, 1, 1}, {5, 7, 7}, {9, 100, 104}, {3, 2000, 2001}, {2, 50257, 50257}, {2, 8192, 8192}, {6, 33, 40}, {0, 5, 5}};
    for (const int32_t type : kTypes) {
        for (const auto& shape : shapes) {
            for (const bool has_weights : {false, true}) {
                const int64_t rows = shape[0], classes = shape[1], stride = shape[2], shift = classes == 2000 ? 1 : 0;
                const float range = classes == 100 ? 300.0f : 6.0f;
                const std::string name = std::string("cross-entropy ") + name_of(type) + " of " + std::to_string(classes);
                Array from(type, random.floats(rows * stride, -range, range), shift);
                const std::vector<float> weights = random.floats(rows, 0.1f, 2.0f);
                std::vector<int64_t> targets;
                for (int64_t row = 0; row < rows; ++row) {
                    targets.push_back(row == 3 ? (int64_t)GN_LOSS_IGNORED : row == 4 ? classes : row == 5 ? -1 : random.between(0, classes - 1));
                }
                const auto run = [&](int32_t writes_gradient) -> std::vector<std::vector<float>> {
                    Array logits = from, losses(GN_CUDA_FLOAT32, rows);
                    expect(gn_cuda_cross_entropy(type, logits.data(), rows, classes, stride, targets.data(), has_weights ? weights.data() : nullptr,
                                                 losses.floats(), writes_gradient) == GN_OK,
                           name + ": status");
                    expect(logits.guards_are_untouched() && losses.guards_are_untouched(), name + ": writes stay inside");
                    return {losses.values(), logits.values()};
                };
                const auto results = in_both_orders(name, [&] { return run(1); });
                const auto alone = run(0);
                std::vector<double> logits = from.doubles(), losses;
                expect_near(alone[1], logits, 0.0, 1e-12, name + ": logits without a gradient");
                for (int64_t row = 0; row < rows; ++row) {
                    double* x = &logits[(size_t)(row * stride)];
                    const int64_t target = targets[(size_t)row];
                    if (target < 0 || target >= classes) {
                        losses.push_back(target == GN_LOSS_IGNORED ? 0.0 : NAN);
                        std::fill(x, x + classes, losses.back());
                        continue;
                    }
                    const double weight = has_weights ? weights[(size_t)row] : 1.0;
                    double total = 0.0;
                    const double best = *std::max_element(x, x + classes);
                    for (int64_t i = 0; i < classes; ++i) {
                        total += std::exp(x[i] - best);
                    }
                    losses.push_back(weight * (best + std::log(total) - x[target]));
                    for (int64_t i = 0; i < classes; ++i) {
                        x[i] = weight * (std::exp(x[i] - best) / total - (i == target ? 1.0 : 0.0));
                    }
                }
                expect_near(results[0], losses, 2e-6, 2e-6, name + " losses");
                expect_near(alone[0], losses, 2e-6, 2e-6, name + " losses alone");
                expect_near(results[1], logits, 1e-6, 2e-5 + rounding_of(type), name + " gradient");
            }
        }
    }
}

void Infinities_and_nan_pass_through()
{
    for (const int32_t type : kTypes) {
        std::vector<float> values(3 * 20, 0.25f);
        values[3] = NAN;
        std::fill(values.begin() + 20, values.begin() + 40, -INFINITY);
        values[27] = 1.0f;
        std::fill(values.begin() + 40, values.end(), -INFINITY);
        Array logits(type, values), losses(GN_CUDA_FLOAT32, 3);
        const int64_t targets[] = {5, 7, 0};
        gn_cuda_cross_entropy(type, logits.data(), 3, 20, 20, targets, nullptr, losses.floats(), 1);
        const std::vector<float> gradient = logits.values();
        expect(std::isnan(losses.values()[0]) && std::isnan(gradient[0]), "a NaN logit makes loss and gradient NaN");
        expect(losses.values()[1] == 0.0f && gradient[27] == 0.0f && gradient[20] == 0.0f, "classes of -inf have no part");
        expect(std::isnan(losses.values()[2]), "a row of nothing but -inf is NaN");
    }
}

void Contradictions_are_refused()
{
    Array x(GN_CUDA_FLOAT32, 16);
    const int64_t targets[] = {0, 0};
    expect(gn_cuda_cross_entropy(GN_CUDA_FLOAT32, x.data(), 2, 8, 7, targets, nullptr, x.floats(), 0) == GN_KERNEL_BAD_ARGUMENT,
           "rows that overlap are refused");
    expect(gn_cuda_cross_entropy(GN_CUDA_FLOAT32, x.data(), 2, 8, 8, nullptr, nullptr, x.floats(), 0) == GN_KERNEL_BAD_ARGUMENT,
           "null is refused");
}

}  // namespace

void test_loss()
{
    Cross_entropy_equals_its_definition();
    Infinities_and_nan_pass_through();
    Contradictions_are_refused();
}

}  // namespace granary::cuda::tests
