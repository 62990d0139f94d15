// AdamW and the gradient norm over all parameters in one launch each: a block takes one chunk of one parameter. AdamW
// reads 16 and writes 12 bytes an element, 14 with the bfloat16 copy; nothing else counts.
#include <cmath>

#include "cells.cuh"

namespace granary::cuda {

namespace {

constexpr int kThreads = 256;
constexpr int kGroup = 8;  // elements a thread updates at once: two vectors of fp32, one of bfloat16

static_assert(GN_CUDA_CHUNK % (kThreads * kGroup) == 0, "a chunk is whole groups");

// The scalars of one step, computed in double and rounded once.
struct AdamwStep
{
    double learning_rate;
    float gradient_scale;
    float beta1;
    float one_minus_beta1;
    float beta2;
    float one_minus_beta2;
    float step_size;          // lr / (1 - beta1^step)
    float denominator_scale;  // 1 / sqrt(1 - beta2^step)
    float eps;

    explicit AdamwStep(const gn_kernels_optimizer_adamw_settings& s)
        : learning_rate(s.learning_rate), gradient_scale((float)s.gradient_scale), beta1((float)s.beta1),
          one_minus_beta1((float)(1.0 - s.beta1)), beta2((float)s.beta2), one_minus_beta2((float)(1.0 - s.beta2)),
          step_size((float)(s.learning_rate / (1.0 - std::pow(s.beta1, (double)s.step)))),
          denominator_scale((float)(1.0 / std::sqrt(1.0 - std::pow(s.beta2, (double)s.step)))), eps((float)s.eps)
    {
    }

    __device__ __forceinline__ void apply(float decay, float& value, float gradient, float& first, float& second) const
    {
        const float g = gradient * gradient_scale;
        first = first * beta1 + g * one_minus_beta1;
        second = second * beta2 + (g * g) * one_minus_beta2;
        const float denominator = sqrtf(second) * denominator_scale + eps;
        value = value * decay - step_size * (first / denominator);
    }
};

struct Chunk
{
    int64_t first;
    int64_t count;
};

__device__ __forceinline__ Chunk chunk_of(const gn_cuda_parameter& p, int32_t number)
{
    const int64_t first = (int64_t)number * GN_CUDA_CHUNK;
    return {first, smaller(GN_CUDA_CHUNK, p.count - first)};
}

__device__ __forceinline__ bool is_aligned(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer) % 16 == 0; }

__device__ __forceinline__ void load_group(const float* from, float (&to)[kGroup]) { load_floats(from, 0.0f, to); }

__device__ __forceinline__ void store_group(float* to, const float (&from)[kGroup])
{
    reinterpret_cast<float4*>(to)[0] = float4{from[0], from[1], from[2], from[3]};
    reinterpret_cast<float4*>(to)[1] = float4{from[4], from[5], from[6], from[7]};
}

__global__ void __launch_bounds__(kThreads, 4)
    update_chunk(const gn_cuda_parameter* parameters, const int32_t* chunks, AdamwStep step)
{
    const gn_cuda_parameter p = parameters[chunks[2 * blockIdx.x]];
    if (p.gradient == nullptr) {
        return;
    }
    const Chunk chunk = chunk_of(p, chunks[2 * blockIdx.x + 1]);
    const auto decay = (float)(1.0 - step.learning_rate * p.weight_decay);
    float* value = p.value + chunk.first;
    const float* gradient = p.gradient + chunk.first;
    float* first = p.exp_avg + chunk.first;
    float* second = p.exp_avg_sq + chunk.first;
    bfloat16* copy = p.copy != nullptr ? static_cast<bfloat16*>(p.copy) + chunk.first : nullptr;
    const bool has_vectors =
        is_aligned(value) && is_aligned(gradient) && is_aligned(first) && is_aligned(second) && is_aligned(copy);
    const int64_t in_groups = has_vectors ? chunk.count / kGroup * kGroup : 0;
    for (int64_t at = (int64_t)threadIdx.x * kGroup; at < in_groups; at += kThreads * kGroup) {
        float v[kGroup], g[kGroup], m1[kGroup], m2[kGroup];
        load_group(value + at, v);
        load_group(gradient + at, g);
        load_group(first + at, m1);
        load_group(second + at, m2);
#pragma unroll
        for (int i = 0; i < kGroup; ++i) {
            step.apply(decay, v[i], g[i], m1[i], m2[i]);
        }
        store_group(value + at, v);
        store_group(first + at, m1);
        store_group(second + at, m2);
        if (copy != nullptr) {
            store(copy + at, v);
        }
    }
    for (int64_t at = in_groups + threadIdx.x; at < chunk.count; at += kThreads) {
        float v[1] = {value[at]};
        float m1 = first[at];
        float m2 = second[at];
        step.apply(decay, v[0], gradient[at], m1, m2);
        value[at] = v[0];
        first[at] = m1;
        second[at] = m2;
        if (copy != nullptr) {
            store(copy + at, v);
        }
    }
}

__device__ __forceinline__ double block_sum(double value)
{
    __shared__ double parts[kThreads];
    parts[threadIdx.x] = value;
    __syncthreads();
#pragma unroll
    for (int width = kThreads / 2; width > 0; width /= 2) {
        if ((int)threadIdx.x < width) {
            parts[threadIdx.x] += parts[threadIdx.x + width];
        }
        __syncthreads();
    }
    return parts[0];
}

// In double: the square of a finite float must be finite.
__global__ void __launch_bounds__(kThreads)
    square_chunk(const gn_cuda_parameter* parameters, const int32_t* chunks, double* sums)
{
    const gn_cuda_parameter p = parameters[chunks[2 * blockIdx.x]];
    const Chunk chunk = chunk_of(p, chunks[2 * blockIdx.x + 1]);
    double total = 0.0;
    if (p.gradient != nullptr) {
        const float* gradient = p.gradient + chunk.first;
        const int64_t in_groups = is_aligned(gradient) ? chunk.count / kGroup * kGroup : 0;
#pragma unroll 4
        for (int64_t at = (int64_t)threadIdx.x * kGroup; at < in_groups; at += kThreads * kGroup) {
            float g[kGroup];
            load_group(gradient + at, g);
#pragma unroll
            for (int i = 0; i < kGroup; ++i) {
                total += (double)g[i] * g[i];
            }
        }
        for (int64_t at = in_groups + threadIdx.x; at < chunk.count; at += kThreads) {
            total += (double)gradient[at] * gradient[at];
        }
    }
    total = block_sum(total);
    if (threadIdx.x == 0) {
        sums[blockIdx.x] = total;
    }
}

__global__ void __launch_bounds__(kThreads) add_chunks(const double* sums, int64_t count, double* sum)
{
    double total = 0.0;
#pragma unroll 8
    for (int64_t i = threadIdx.x; i < count; i += kThreads) {
        total += sums[i];
    }
    total = block_sum(total);
    if (threadIdx.x == 0) {
        *sum = total;
    }
}

bool is_valid(const gn_cuda_parameter* parameters, const int32_t* chunks, int64_t chunk_count)
{
    return chunk_count >= 0 && chunk_count <= INT32_MAX && (chunk_count == 0 || (parameters != nullptr && chunks != nullptr));
}

}  // namespace

}  // namespace granary::cuda

using namespace granary::cuda;

int32_t gn_cuda_adamw_step(
    const gn_cuda_parameter* parameters, const int32_t* chunks, int64_t chunk_count,
    const gn_kernels_optimizer_adamw_settings* settings)
{
    if (!is_valid(parameters, chunks, chunk_count) || settings == nullptr || settings->step < 1) {
        return refuse(__func__);
    }
    return launch(__func__, update_chunk, dim3((unsigned)chunk_count), dim3(kThreads), 0, parameters, chunks,
                  AdamwStep(*settings));
}

int32_t gn_cuda_sum_squares(
    const gn_cuda_parameter* parameters, const int32_t* chunks, int64_t chunk_count, double* scratch, double* sum)
{
    if (!is_valid(parameters, chunks, chunk_count) || sum == nullptr || (chunk_count > 0 && scratch == nullptr)) {
        return refuse(__func__);
    }
    const int32_t status =
        launch(__func__, square_chunk, dim3((unsigned)chunk_count), dim3(kThreads), 0, parameters, chunks, scratch);
    return status != GN_OK
        ? status
        : launch(__func__, add_chunks, dim3(1), dim3(kThreads), 0, (const double*)scratch, chunk_count, sum);
}
