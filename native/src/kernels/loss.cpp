// Cross-entropy, a row per task. A row is read in blocks of 1024 logits: the block's maximum, then its exponentials
// from the first-level cache, rescaling the running sum when the maximum grows. So memory is read once for the loss
// and, when the gradient is asked for in the same call, the second reading of a row of 50 000 logits (200 kB) comes
// from the second-level cache.
#include "granary/kernels_loss.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "parallel.h"
#include "vector_math.h"

namespace granary::kernels {

namespace {

constexpr int64_t kLogitsPerBlock = 1024;

struct RowSum
{
    float maximum;
    double total;  // of exp(logit - maximum)
};

// e^x for x <= 0. The difference is taken before it goes to base 2: logits of thousands would lose their bits there.
GN_INLINE Floats exp_below(Floats x) { return exp2_of_nonpositive(x * kLog2E); }

float maximum_of(const float* x, int64_t count)
{
    Floats best[4] = {splat(-kInfinity), splat(-kInfinity), splat(-kInfinity), splat(-kInfinity)};
    int64_t i = 0;
    for (; i + 4 * kLanes <= count; i += 4 * kLanes) {
#pragma GCC unroll 4
        for (int u = 0; u < 4; ++u) {
            best[u] = max_keep(best[u], load(x + i + u * kLanes));
        }
    }
    float result = max_of(max_keep(max_keep(best[0], best[1]), max_keep(best[2], best[3])));
    for (; i < count; ++i) {
        result = std::max(result, x[i]);
    }
    return result;
}

float sum_of_exponentials(const float* x, int64_t count, float maximum)
{
    Floats sum[4] = {};
    int64_t i = 0;
    for (; i + 4 * kLanes <= count; i += 4 * kLanes) {
#pragma GCC unroll 4
        for (int u = 0; u < 4; ++u) {
            sum[u] += exp_below(load(x + i + u * kLanes) - maximum);
        }
    }
    for (; i < count; i += kLanes) {
        const int rest = (int)std::min<int64_t>(kLanes, count - i);
        Floats p = exp_below((rest < kLanes ? load_partial(x + i, rest) : load(x + i)) - maximum);
        if (rest < kLanes) {
            float lanes[kLanes] = {};
            store_partial(lanes, p, rest);
            p = load(lanes);
        }
        sum[0] += p;
    }
    return sum_of((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

RowSum reduce_row(const float* x, int64_t classes)
{
    RowSum row{-kInfinity, 0.0};
    for (int64_t first = 0; first < classes; first += kLogitsPerBlock) {
        const int64_t count = std::min(kLogitsPerBlock, classes - first);
        const float maximum = std::max(row.maximum, maximum_of(x + first, count));
        if (maximum != row.maximum) {
            row.total *= std::exp((double)row.maximum - maximum);
            row.maximum = maximum;
        }
        // All -inf so far: an exponent of -inf - -inf would be NaN, the sum is 0.
        row.total += sum_of_exponentials(x + first, count, maximum == -kInfinity ? 0.0f : maximum);
    }
    return row;
}

// to = factor * exp(x - lse), then the target's own term. lse as maximum + rest keeps the bits that their sum loses.
void write_gradient(const float* x, int64_t classes, float maximum, float rest, int64_t target, float factor, float* to)
{
    int64_t i = 0;
    for (; i + kLanes <= classes; i += kLanes) {
        store(to + i, factor * exp_below((load(x + i) - maximum) - rest));
    }
    if (i < classes) {
        const int count = (int)(classes - i);
        store_partial(to + i, factor * exp_below((load_partial(x + i, count) - maximum) - rest), count);
    }
    to[target] -= factor;
}

bool is_valid(const gn_kernels_loss_rows& r)
{
    return r.rows >= 0 && r.classes > 0
        && (r.rows == 0
            || (r.logits != nullptr && r.targets != nullptr && r.row_stride >= r.classes
                && std::all_of(r.targets, r.targets + r.rows, [&](int64_t t) {
                       return t == GN_LOSS_IGNORED || (t >= 0 && t < r.classes);
                   })));
}

float weight_of(const gn_kernels_loss_rows& r, int64_t row) { return r.weights != nullptr ? r.weights[row] : 1.0f; }

}  // namespace

}  // namespace granary::kernels

using namespace granary::kernels;

extern "C" int32_t gn_kernels_loss_cross_entropy(
    const gn_kernels_loss_rows* rows, float* losses, float* lse, double* loss_sum, double* weight_sum, float* gradient,
    int64_t gradient_stride, float gradient_scale, int32_t threads)
{
    if (rows == nullptr || !is_valid(*rows) || loss_sum == nullptr || weight_sum == nullptr || threads < 0
        || (gradient != nullptr && gradient_stride < rows->classes)) {
        return refuse(__func__);
    }
    return guarded(__func__, [&] {
        std::vector<double> exact((size_t)rows->rows);
        for_each_task(rows->rows, threads, [&](int64_t row, int) {
            const float* x = rows->logits + row * rows->row_stride;
            float* to = gradient != nullptr ? gradient + row * gradient_stride : nullptr;
            const int64_t target = rows->targets[row];
            double loss = 0.0;
            if (target != GN_LOSS_IGNORED || lse != nullptr) {
                const RowSum sum = reduce_row(x, rows->classes);
                const double rest = std::log(sum.total);
                if (lse != nullptr) {
                    lse[row] = (float)(sum.maximum + rest);
                }
                if (target != GN_LOSS_IGNORED) {
                    loss = rest - ((double)x[target] - sum.maximum);
                    if (to != nullptr) {
                        write_gradient(x, rows->classes, sum.maximum, (float)rest, target,
                                       gradient_scale * weight_of(*rows, row), to);
                    }
                }
            }
            if (to != nullptr && target == GN_LOSS_IGNORED) {
                std::fill(to, to + rows->classes, 0.0f);
            }
            exact[(size_t)row] = loss;
            if (losses != nullptr) {
                losses[row] = (float)loss;
            }
        });
        *loss_sum = 0.0;
        *weight_sum = 0.0;
        for (int64_t row = 0; row < rows->rows; ++row) {
            // A row of weight 0 is off, even where its loss is infinite.
            if (rows->targets[row] != GN_LOSS_IGNORED && weight_of(*rows, row) != 0.0f) {
                *loss_sum += weight_of(*rows, row) * exact[(size_t)row];
                *weight_sum += weight_of(*rows, row);
            }
        }
        return GN_OK;
    });
}

extern "C" int32_t gn_kernels_loss_cross_entropy_backward(
    const gn_kernels_loss_rows* rows, const float* lse, float* gradient, int64_t gradient_stride, float gradient_scale,
    int32_t threads)
{
    if (rows == nullptr || !is_valid(*rows) || threads < 0
        || (rows->rows > 0 && (lse == nullptr || gradient == nullptr || gradient_stride < rows->classes))) {
        return refuse(__func__);
    }
    for_each_task(rows->rows, threads, [&](int64_t row, int) {
        float* to = gradient + row * gradient_stride;
        if (rows->targets[row] == GN_LOSS_IGNORED) {
            std::fill(to, to + rows->classes, 0.0f);
            return;
        }
        write_gradient(rows->logits + row * rows->row_stride, rows->classes, lse[row], 0.0f, rows->targets[row],
                       gradient_scale * weight_of(*rows, row), to);
    });
    return GN_OK;
}
