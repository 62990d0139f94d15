// Products of small matrices by one warp, in fragments as the tensor cores lay them out.
//
// A fragment of 16 x 8 sums is four floats in each lane: with g = lane / 4 and t = lane % 4, the elements (g, 2t), (g, 2t + 1),
// (g + 8, 2t) and (g + 8, 2t + 1). Matrices of shared memory have rows kPitch apart, so that eight rows lie in different
// banks. bfloat16 goes through the tensor cores with fp32 sums; fp32 is multiplied in fp32.
#pragma once

#include "cells.cuh"

namespace granary::cuda {

template <typename T, int kDim>
constexpr int kPitch = kDim + kCells<T>;

__device__ __forceinline__ int lane_index() { return (int)threadIdx.x % kWarp; }

// 16 bytes from device to shared memory, or zeros, without waiting; wait_for_copies() waits for this thread's.
__device__ __forceinline__ void copy_async(void* to, const void* from, bool is_present)
{
#ifdef GRANARY_CUDA_EMULATION
    emulation::copy_async(to, is_present ? from : nullptr, 16);
#else
    const auto address = static_cast<unsigned>(__cvta_generic_to_shared(to));
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(is_present ? 16 : 0) : "memory");
#endif
}

__device__ __forceinline__ void wait_for_copies()
{
#ifdef GRANARY_CUDA_EMULATION
    emulation::wait_for_copies();
#else
    asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

// Four 8 x 8 matrices of 16-bit elements; lane i gives the address of row i % 8 of matrix i / 8.
template <bool kTransposed>
__device__ __forceinline__ void load_matrices(uint32_t (&to)[4], const bfloat16* row)
{
#ifdef GRANARY_CUDA_EMULATION
    emulation::load_matrices(to, row, kTransposed);
#else
    const auto address = static_cast<unsigned>(__cvta_generic_to_shared(row));
    if constexpr (kTransposed) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                     : "r"(address));
    } else {
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                     : "r"(address));
    }
#endif
}

// sums (16 x 8) += a (16 x 16) * b (16 x 8).
__device__ __forceinline__ void multiply_add(float (&sums)[4], const uint32_t (&a)[4], uint32_t b_low, uint32_t b_high)
{
#ifdef GRANARY_CUDA_EMULATION
    emulation::multiply_add(sums, a, b_low, b_high);
#else
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b_low), "r"(b_high));
#endif
}

// sums (16 x kN) += a (16 x kDim) * b (kN x kDim)^T.
template <int kN, int kDim>
__device__ __forceinline__ void multiply_rows(float (&sums)[kN / 8][4], const bfloat16* a, const bfloat16* b)
{
    constexpr int kRow = kPitch<bfloat16, kDim>;
    const int lane = lane_index();
    const bfloat16* a_row = a + (lane % 16) * kRow + lane / 16 * 8;
    const bfloat16* b_row = b + (lane % 8 + lane / 16 * 8) * kRow + lane / 8 % 2 * 8;
#pragma unroll
    for (int k = 0; k < kDim; k += 16) {
        uint32_t a_cells[4];
        load_matrices<false>(a_cells, a_row + k);
#pragma unroll
        for (int n = 0; n < kN; n += 16) {
            uint32_t b_cells[4];
            load_matrices<false>(b_cells, b_row + n * kRow + k);
            multiply_add(sums[n / 8], a_cells, b_cells[0], b_cells[1]);
            multiply_add(sums[n / 8 + 1], a_cells, b_cells[2], b_cells[3]);
        }
    }
}

template <int kN, int kDim>
__device__ __forceinline__ void multiply_rows(float (&sums)[kN / 8][4], const float* a, const float* b)
{
    constexpr int kRow = kPitch<float, kDim>;
    const float* a_row = a + lane_index() / 4 * kRow;
    const float* b_row = b + lane_index() % 4 * 2 * kRow;
#pragma unroll 2
    for (int k = 0; k < kDim; k += 4) {
        float a_cells[2][4];
        load(a_row + k, a_cells[0]);
        load(a_row + 8 * kRow + k, a_cells[1]);
#pragma unroll
        for (int n = 0; n < kN; n += 8) {
#pragma unroll
            for (int column = 0; column < 2; ++column) {
                float b_cells[4];
                load(b_row + (n + column) * kRow + k, b_cells);
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    sums[n / 8][column] += a_cells[0][i] * b_cells[i];
                    sums[n / 8][2 + column] += a_cells[1][i] * b_cells[i];
                }
            }
        }
    }
}

// Floats of shared memory a warp needs to multiply fragments of fp32.
template <typename T, int kN>
constexpr int kFragmentFloats = sizeof(T) == 4 ? 16 * (kN + 4) : 0;

// sums (16 x kColumns) += weights (16 x kN, a fragment) * b (kN x kColumns, rows of kDim).
template <int kN, int kColumns, int kDim>
__device__ __forceinline__ void multiply_fragment(float (&sums)[kColumns / 8][4], const float (&weights)[kN / 8][4],
                                                  const bfloat16* b, float*)
{
    constexpr int kRow = kPitch<bfloat16, kDim>;
    const int lane = lane_index();
    const bfloat16* b_row = b + (lane % 16) * kRow + lane / 16 * 8;
#pragma unroll
    for (int k = 0; k < kN; k += 16) {
        const auto& low = weights[k / 8];
        const auto& high = weights[k / 8 + 1];
        const uint32_t a_cells[4] = {pack_pair(low[0], low[1]), pack_pair(low[2], low[3]), pack_pair(high[0], high[1]),
                                     pack_pair(high[2], high[3])};
#pragma unroll
        for (int n = 0; n < kColumns; n += 16) {
            uint32_t b_cells[4];
            load_matrices<true>(b_cells, b_row + k * kRow + n);
            multiply_add(sums[n / 8], a_cells, b_cells[0], b_cells[1]);
            multiply_add(sums[n / 8 + 1], a_cells, b_cells[2], b_cells[3]);
        }
    }
}

// The weights go through `exchange`, the warp's own shared memory: each lane needs whole rows of them.
template <int kN, int kColumns, int kDim>
__device__ __forceinline__ void multiply_fragment(float (&sums)[kColumns / 8][4], const float (&weights)[kN / 8][4],
                                                  const float* b, float* exchange)
{
    constexpr int kRow = kPitch<float, kDim>;
    constexpr int kWeights = kN + 4;
    const int g = lane_index() / 4;
    const int t = lane_index() % 4;
    __syncwarp();  // the last call's readers are done
#pragma unroll
    for (int n = 0; n < kN; n += 8) {
        float* to = exchange + g * kWeights + n + 2 * t;
        *reinterpret_cast<float2*>(to) = float2{weights[n / 8][0], weights[n / 8][1]};
        *reinterpret_cast<float2*>(to + 8 * kWeights) = float2{weights[n / 8][2], weights[n / 8][3]};
    }
    __syncwarp();
    const float* a_row = exchange + g * kWeights;
    const float* b_row = b + 2 * t;
#pragma unroll 1
    for (int k = 0; k < kN; k += 4) {
        float a_cells[2][4];
        load(a_row + k, a_cells[0]);
        load(a_row + 8 * kWeights + k, a_cells[1]);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
#pragma unroll
            for (int n = 0; n < kColumns; n += 8) {
                const float2 b_cells = *reinterpret_cast<const float2*>(b_row + (k + i) * kRow + n);
                sums[n / 8][0] += a_cells[0][i] * b_cells.x;
                sums[n / 8][1] += a_cells[0][i] * b_cells.y;
                sums[n / 8][2] += a_cells[1][i] * b_cells.x;
                sums[n / 8][3] += a_cells[1][i] * b_cells.y;
            }
        }
    }
}

__device__ __forceinline__ void store_pair(bfloat16* to, float first, float second)
{
    *reinterpret_cast<uint32_t*>(to) = pack_pair(first, second);
}

__device__ __forceinline__ void store_pair(float* to, float first, float second)
{
    *reinterpret_cast<float2*>(to) = float2{first, second};
}

}  // namespace granary::cuda
