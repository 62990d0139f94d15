// Multi-tensor optimizer kernels. All are bound by memory: AdamW reads 16 and writes 12 bytes per parameter, so one pass
// that also clips is the whole gain. Tensors are cut into chunks of 32 Ki elements: small enough to balance threads,
// large enough that a chunk costs microseconds, and fixed, so that sums over chunks never depend on the threads.
#include "granary/kernels_optimizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "bfloat16.h"
#include "parallel.h"
#include "simd.h"

namespace granary::kernels {

namespace {

constexpr int64_t kChunk = 32768;

struct Chunk
{
    int64_t tensor;
    int64_t first;
    int64_t count;
};

template <typename Tensor>
std::vector<Chunk> chunks_of(const Tensor* tensors, int64_t tensor_count)
{
    std::vector<Chunk> chunks;
    for (int64_t t = 0; t < tensor_count; ++t) {
        for (int64_t first = 0; first < tensors[t].count; first += kChunk) {
            chunks.push_back({t, first, std::min(kChunk, tensors[t].count - first)});
        }
    }
    return chunks;
}

bool is_valid(const gn_kernels_optimizer_span* spans, int64_t count)
{
    return count >= 0 && (spans != nullptr || count == 0)
        && std::all_of(spans, spans + count, [](const gn_kernels_optimizer_span& s) {
               return s.count >= 0 && (s.data != nullptr || s.count == 0);
           });
}

bool is_valid(const gn_kernels_optimizer_parameter& p)
{
    return p.count == 0
        || (p.count > 0 && p.value != nullptr && p.gradient != nullptr && p.exp_avg != nullptr
            && p.exp_avg_sq != nullptr);
}

// The scalars of one step, computed in double and rounded once.
struct AdamwStep
{
    float decay;  // 1 - lr * weight_decay
    float gradient_scale;
    float beta1;
    float one_minus_beta1;
    float beta2;
    float one_minus_beta2;
    float step_size;        // lr / (1 - beta1^step)
    float denominator_scale;  // 1 / sqrt(1 - beta2^step)
    float eps;

    AdamwStep(const gn_kernels_optimizer_adamw_settings& s, double weight_decay)
        : decay((float)(1.0 - s.learning_rate * weight_decay)), gradient_scale((float)s.gradient_scale),
          beta1((float)s.beta1), one_minus_beta1((float)(1.0 - s.beta1)), beta2((float)s.beta2),
          one_minus_beta2((float)(1.0 - s.beta2)),
          step_size((float)(s.learning_rate / (1.0 - std::pow(s.beta1, (double)s.step)))),
          denominator_scale((float)(1.0 / std::sqrt(1.0 - std::pow(s.beta2, (double)s.step)))), eps((float)s.eps)
    {
    }

    GN_INLINE void apply(Floats& value, Floats gradient, Floats& first, Floats& second) const
    {
        const Floats g = gradient * gradient_scale;
        first = first * beta1 + g * one_minus_beta1;
        second = second * beta2 + (g * g) * one_minus_beta2;
        const Floats denominator = sqrt_of(second) * denominator_scale + eps;
        value = value * decay - step_size * (first / denominator);
    }
};

void update(const gn_kernels_optimizer_parameter& p, const Chunk& chunk, const AdamwStep& step)
{
    float* value = p.value + chunk.first;
    const float* gradient = p.gradient + chunk.first;
    float* first = p.exp_avg + chunk.first;
    float* second = p.exp_avg_sq + chunk.first;
    uint16_t* copy = p.copy != nullptr ? p.copy + chunk.first : nullptr;
    int64_t i = 0;
    for (; i + kLanes <= chunk.count; i += kLanes) {
        Floats v = load(value + i);
        Floats m1 = load(first + i);
        Floats m2 = load(second + i);
        step.apply(v, load(gradient + i), m1, m2);
        store(value + i, v);
        store(first + i, m1);
        store(second + i, m2);
        if (copy != nullptr) {
            store_bfloat16(copy + i, v, kLanes);
        }
    }
    if (i < chunk.count) {
        const int rest = (int)(chunk.count - i);
        Floats v = load_partial(value + i, rest);
        Floats m1 = load_partial(first + i, rest);
        Floats m2 = load_partial(second + i, rest);
        step.apply(v, load_partial(gradient + i, rest), m1, m2);
        store_partial(value + i, v, rest);
        store_partial(first + i, m1, rest);
        store_partial(second + i, m2, rest);
        if (copy != nullptr) {
            store_bfloat16(copy + i, v, rest);
        }
    }
}

// 32 running sums whatever the vector width, so that every machine sums in the same order.
double sum_squares(const float* data, int64_t count)
{
    constexpr int kSums = 32;
    double sums[kSums] = {};
    int64_t i = 0;
    for (; i + kSums <= count; i += kSums) {
#pragma GCC ivdep
        for (int lane = 0; lane < kSums; ++lane) {
            const double x = data[i + lane];
            sums[lane] += x * x;
        }
    }
    for (int lane = 0; i < count; ++i, ++lane) {
        sums[lane] += (double)data[i] * data[i];
    }
    for (int width = kSums / 2; width > 0; width /= 2) {
        for (int lane = 0; lane < width; ++lane) {
            sums[lane] += sums[lane + width];
        }
    }
    return sums[0];
}

}  // namespace

}  // namespace granary::kernels

using namespace granary::kernels;

extern "C" int32_t gn_kernels_optimizer_adamw(
    const gn_kernels_optimizer_parameter* parameters, int64_t parameter_count,
    const gn_kernels_optimizer_adamw_settings* settings, int32_t threads)
{
    if (settings == nullptr || settings->step < 1 || parameter_count < 0 || threads < 0
        || (parameters == nullptr && parameter_count > 0)
        || !std::all_of(parameters, parameters + parameter_count,
                        [](const gn_kernels_optimizer_parameter& p) { return is_valid(p); })) {
        return refuse(__func__);
    }
    return guarded(__func__, [&] {
        const std::vector<Chunk> chunks = chunks_of(parameters, parameter_count);
        for_each_task((int64_t)chunks.size(), threads, [&](int64_t index, int) {
            const Chunk& chunk = chunks[(size_t)index];
            const gn_kernels_optimizer_parameter& p = parameters[chunk.tensor];
            update(p, chunk, AdamwStep(*settings, p.weight_decay));
        });
        return GN_OK;
    });
}

extern "C" int32_t gn_kernels_optimizer_sum_squares(
    const gn_kernels_optimizer_span* spans, int64_t span_count, double* sum, int32_t threads)
{
    if (!is_valid(spans, span_count) || sum == nullptr || threads < 0) {
        return refuse(__func__);
    }
    return guarded(__func__, [&] {
        const std::vector<Chunk> chunks = chunks_of(spans, span_count);
        std::vector<double> parts(chunks.size());
        for_each_task((int64_t)chunks.size(), threads, [&](int64_t index, int) {
            const Chunk& chunk = chunks[(size_t)index];
            parts[(size_t)index] = sum_squares(spans[chunk.tensor].data + chunk.first, chunk.count);
        });
        double total = 0.0;
        for (const double part : parts) {
            total += part;
        }
        *sum = total;
        return GN_OK;
    });
}

extern "C" int32_t gn_kernels_optimizer_scale(
    const gn_kernels_optimizer_span* spans, int64_t span_count, float factor, int32_t threads)
{
    if (!is_valid(spans, span_count) || threads < 0) {
        return refuse(__func__);
    }
    return guarded(__func__, [&] {
        const std::vector<Chunk> chunks = chunks_of(spans, span_count);
        for_each_task((int64_t)chunks.size(), threads, [&](int64_t index, int) {
            const Chunk& chunk = chunks[(size_t)index];
            float* data = spans[chunk.tensor].data + chunk.first;
            for (int64_t i = 0; i < chunk.count; ++i) {
                data[i] *= factor;
            }
        });
        return GN_OK;
    });
}

extern "C" int32_t gn_kernels_optimizer_fill(
    const gn_kernels_optimizer_span* spans, int64_t span_count, float value, int32_t threads)
{
    if (!is_valid(spans, span_count) || threads < 0) {
        return refuse(__func__);
    }
    return guarded(__func__, [&] {
        const std::vector<Chunk> chunks = chunks_of(spans, span_count);
        for_each_task((int64_t)chunks.size(), threads, [&](int64_t index, int) {
            const Chunk& chunk = chunks[(size_t)index];
            float* data = spans[chunk.tensor].data + chunk.first;
            std::fill(data, data + chunk.count, value);
        });
        return GN_OK;
    });
}
