// Sums over the threads that share a row, and over the partial sums of blocks, always in the same order.
#pragma once

#include "device.cuh"

namespace granary::cuda {

__device__ __forceinline__ float warp_sum(float value)
{
#pragma unroll
    for (int mask = kWarp / 2; mask > 0; mask /= 2) {
        value += __shfl_xor_sync(kAllLanes, value, mask);
    }
    return value;
}

// Each value becomes its sum over the kThreads threads of a row: one warp, or the whole block.
template <int kThreads, int kCount>
__device__ __forceinline__ void row_sums(float (&values)[kCount])
{
#pragma unroll
    for (int i = 0; i < kCount; ++i) {
        values[i] = warp_sum(values[i]);
    }
    if constexpr (kThreads > kWarp) {
        constexpr int kWarps = kThreads / kWarp;
        __shared__ float parts[kCount][kWarps];
        __syncthreads();  // the last call's readers are done
        if (threadIdx.x % kWarp == 0) {
#pragma unroll
            for (int i = 0; i < kCount; ++i) {
                parts[i][threadIdx.x / kWarp] = values[i];
            }
        }
        __syncthreads();
#pragma unroll
        for (int i = 0; i < kCount; ++i) {
            values[i] = 0.0f;
#pragma unroll
            for (int w = 0; w < kWarps; ++w) {
                values[i] += parts[i][w];
            }
        }
    }
}

// Most blocks whose partial sums over rows a later launch adds up: four for each of an H100's multiprocessors.
constexpr int64_t kMostParts = 528;

// to [count] (=, or += when accumulate): the sums of `parts` rows of partials; null: none. Two of each, side by side.
struct PartialSums
{
    const float* partials;  // [2][parts][width]
    int64_t parts;
    int64_t width;
    float* to[2];
    int32_t accumulate;
};

int32_t add_partials(const char* function, const PartialSums& sums);

}  // namespace granary::cuda
