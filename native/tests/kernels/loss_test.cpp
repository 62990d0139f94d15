#include "granary/kernels_loss.h"

#include "check.h"

namespace granary::kernels::tests {

namespace {

struct Case
{
    int64_t rows;
    int64_t classes;
    int64_t stride;
    std::vector<float> logits;
    std::vector<int64_t> targets;
    std::vector<float> weights;

    gn_kernels_loss_rows view(bool weighted) const
    {
        return {logits.data(), stride, targets.data(), weighted ? weights.data() : nullptr, rows, classes};
    }
};

struct Reference
{
    std::vector<double> losses, lse, gradient;
    double loss_sum = 0.0, weight_sum = 0.0;
};

Case random_case(Random& random, int64_t rows, int64_t classes, float range)
{
    Case c{rows, classes, classes + random.between(0, 5), {}, {}, random.floats(rows, 0.0f, 2.0f)};
    c.logits = random.floats(rows * c.stride, -range, range);
    for (int64_t n = 0; n < rows; ++n) {
        c.targets.push_back(random.between(0, 4) == 0 ? (int64_t)GN_LOSS_IGNORED : random.between(0, classes - 1));
    }
    return c;
}

Reference evaluate(const Case& c, bool weighted, double scale)
{
    Reference r;
    for (int64_t n = 0; n < c.rows; ++n) {
        const float* x = &c.logits[(size_t)(n * c.stride)];
        const bool ignored = c.targets[(size_t)n] == GN_LOSS_IGNORED;
        const double weight = ignored ? 0.0 : weighted ? c.weights[(size_t)n] : 1.0;
        double top = -INFINITY, total = 0.0;
        for (int64_t v = 0; v < c.classes; ++v) {
            top = std::fmax(top, x[v]);
        }
        for (int64_t v = 0; v < c.classes; ++v) {
            total += std::exp(x[v] - top);
        }
        const double lse = top + std::log(total);
        const double loss = ignored ? 0.0 : lse - x[c.targets[(size_t)n]];
        r.lse.push_back(lse);
        r.losses.push_back(loss);
        r.loss_sum += weight * loss;
        r.weight_sum += weight;
        for (int64_t v = 0; v < c.classes; ++v) {
            r.gradient.push_back(scale * weight * (std::exp(x[v] - lse) - (v == c.targets[(size_t)n] ? 1.0 : 0.0)));
        }
    }
    return r;
}

std::vector<float> without_gaps(const std::vector<float>& values, const Case& c)
{
    std::vector<float> result;
    for (int64_t n = 0; n < c.rows; ++n) {
        result.insert(result.end(), values.begin() + n * c.stride, values.begin() + n * c.stride + c.classes);
    }
    return result;
}

void Cross_entropy_equals_its_definition()
{
    Random random(21);
    for (const int64_t classes : {1, 3, 16, 17, 257, 1024, 2500, 50257}) {
        for (const float range : {1.0f, 60.0f, 5000.0f}) {
            const bool weighted = random.between(0, 1) == 1;
            Case c = random_case(random, classes > 10000 ? 3 : 13, classes, range);
            const Reference r = evaluate(c, weighted, 0.125);
            const auto view = c.view(weighted);
            const std::string name = "cross-entropy, " + std::to_string(classes) + " classes, range " + std::to_string(range);
            std::vector<float> losses((size_t)c.rows), lse((size_t)c.rows), gradient(c.logits.size(), 77.0f);
            double loss_sum = -1.0, weight_sum = -1.0;

            expect(gn_kernels_loss_cross_entropy(&view, losses.data(), lse.data(), &loss_sum, &weight_sum, gradient.data(),
                                                 c.stride, 0.125f, 2) == GN_OK, name + ": status");

            expect_close(losses, r.losses, 1e-6, 1e-6, name + " losses");
            expect_close(lse, r.lse, 1e-6, 1e-6, name + " lse");
            expect_close(without_gaps(gradient, c), r.gradient, 1e-7, 2e-6, name + " gradient");
            expect_close(std::vector<double>{loss_sum, weight_sum}, {r.loss_sum, r.weight_sum}, 1e-6, 1e-6, name + " sums");

            // From the stored lse: its rounding (|lse| * 2^-24) is a relative error of every probability.
            std::vector<float> separate(c.logits.size(), 77.0f);
            gn_kernels_loss_cross_entropy_backward(&view, lse.data(), separate.data(), c.stride, 0.125f, 2);
            expect_close(without_gaps(separate, c), r.gradient, 1e-7 + range * 1e-7, 2e-6 + range * 1e-7, name + " backward");

            std::vector<float> in_place = c.logits;
            Case same = c;
            same.logits.swap(in_place);
            const auto overwritten = same.view(weighted);
            double one_sum = 0.0, one_weight = 0.0;
            gn_kernels_loss_cross_entropy(&overwritten, nullptr, nullptr, &one_sum, &one_weight, same.logits.data(), c.stride,
                                          0.125f, 1);
            expect_same_bits(without_gaps(same.logits, c), without_gaps(gradient, c), name + " in place, 1 thread: same bits");
            expect(one_sum == loss_sum && one_weight == weight_sum, name + " sums do not depend on threads");
        }
    }
}

void Reference_gradient_equals_central_differences()
{
    Random random(22);
    Case c = random_case(random, 4, 6, 2.0f);
    c.targets = {1, GN_LOSS_IGNORED, 5, 0};
    const Reference r = evaluate(c, true, 1.0);
    std::vector<double> slopes;
    for (int64_t n = 0; n < c.rows; ++n) {
        for (int64_t v = 0; v < c.classes; ++v) {
            float& x = c.logits[(size_t)(n * c.stride + v)];
            const float kept = x;
            x = kept + 0x1p-10f;
            const double above = evaluate(c, true, 1.0).loss_sum, high = x;
            x = kept - 0x1p-10f;
            slopes.push_back((above - evaluate(c, true, 1.0).loss_sum) / (high - x));
            x = kept;
        }
    }
    expect_close(r.gradient, slopes, 1e-6, 1e-6, "cross-entropy, central differences");
}

void Faults_are_refused_and_nan_passes_through()
{
    Random random(23);
    Case c = random_case(random, 2, 40, 1.0f);
    c.targets = {3, 40};
    double loss = 0.0, weight = 0.0;
    auto view = c.view(false);
    expect(gn_kernels_loss_cross_entropy(&view, nullptr, nullptr, &loss, &weight, nullptr, 0, 1.0f, 1) == GN_KERNEL_BAD_ARGUMENT,
           "a target outside of the classes is refused");
    c.targets = {3, 4};
    c.logits[(size_t)(c.stride + 9)] = NAN;
    view = c.view(false);
    std::vector<float> losses(2);
    gn_kernels_loss_cross_entropy(&view, losses.data(), nullptr, &loss, &weight, nullptr, 0, 1.0f, 1);
    expect(std::isfinite(losses[0]) && std::isnan(losses[1]) && std::isnan(loss), "a NaN logit makes its row's loss NaN");
    c.logits[(size_t)(c.stride + 9)] = -INFINITY;
    gn_kernels_loss_cross_entropy(&view, losses.data(), nullptr, &loss, &weight, nullptr, 0, 1.0f, 1);
    expect(std::isfinite(losses[1]), "a logit of -inf is a class of probability 0");
}

}  // namespace

void test_loss()
{
    Cross_entropy_equals_its_definition();
    Reference_gradient_equals_central_differences();
    Faults_are_refused_and_nan_passes_through();
}

}  // namespace granary::kernels::tests
