// Sums over the rows of a matrix: every block adds up a share of the rows, a second launch adds up the blocks.
#include "cells.cuh"
#include "reductions.cuh"

namespace granary::cuda {

namespace {

constexpr int kLanesAcross = 32;
constexpr int kRowsAtOnce = 8;
constexpr int kGroups = 32;

template <typename T, int N>
__global__ void __launch_bounds__(kLanesAcross* kRowsAtOnce)
    sum_shares(const T* x, int64_t rows, int64_t width, float* partials)
{
    __shared__ float sums[kRowsAtOnce][kLanesAcross][N + 1];  // + 1: neighbours in different banks
    const int64_t column = ((int64_t)blockIdx.x * kLanesAcross + threadIdx.x) * N;
    float total[N] = {};
    if (column < width) {
#pragma unroll 4
        for (int64_t row = (int64_t)blockIdx.y * kRowsAtOnce + threadIdx.y; row < rows; row += (int64_t)gridDim.y * kRowsAtOnce) {
            float cells[N];
            load(x + row * width + column, cells);
#pragma unroll
            for (int i = 0; i < N; ++i) {
                total[i] += cells[i];
            }
        }
    }
#pragma unroll
    for (int i = 0; i < N; ++i) {
        sums[threadIdx.y][threadIdx.x][i] = total[i];
    }
    __syncthreads();
    if (threadIdx.y == 0 && column < width) {
#pragma unroll
        for (int i = 0; i < N; ++i) {
            for (int y = 1; y < kRowsAtOnce; ++y) {
                total[i] += sums[y][threadIdx.x][i];
            }
            partials[blockIdx.y * width + column + i] = total[i];
        }
    }
}

__global__ void __launch_bounds__(kWarp* kGroups) add_parts(PartialSums s)
{
    __shared__ float sums[kGroups][kWarp + 1];
    const int64_t column = (int64_t)blockIdx.x * kWarp + threadIdx.x;
    const float* partials = s.partials + blockIdx.y * s.parts * s.width;
    float* to = s.to[blockIdx.y];
    float total = 0.0f;
    if (column < s.width) {
#pragma unroll 8
        for (int64_t part = threadIdx.y; part < s.parts; part += kGroups) {
            total += partials[part * s.width + column];
        }
    }
    sums[threadIdx.y][threadIdx.x] = total;
    __syncthreads();
    if (threadIdx.y == 0 && column < s.width && to != nullptr) {
        for (int y = 1; y < kGroups; ++y) {
            total += sums[y][threadIdx.x];
        }
        to[column] = s.accumulate != 0 ? to[column] + total : total;
    }
}

// Few columns: many shares of the rows, so that all multiprocessors have work.
template <typename T, int N>
int32_t column_sums(const char* function, const T* x, int64_t rows, int64_t width, float* out, int32_t accumulate, float* scratch)
{
    const int64_t tiles = divide_up(width, (int64_t)kLanesAcross * N);
    const int64_t parts = smaller(divide_up(rows, kRowsAtOnce), larger(1, kMostParts / tiles));
    if (parts > 0) {
        const int32_t status = launch(function, sum_shares<T, N>, dim3((unsigned)tiles, (unsigned)parts),
                                      dim3(kLanesAcross, kRowsAtOnce), 0, x, rows, width, scratch);
        if (status != GN_OK) {
            return status;
        }
    }
    return add_partials(function, {scratch, parts, width, {out, nullptr}, accumulate});
}

}  // namespace

int32_t add_partials(const char* function, const PartialSums& sums)
{
    const unsigned count = sums.to[1] != nullptr ? 2 : 1;
    return launch(function, add_parts, dim3((unsigned)divide_up(sums.width, kWarp), count), dim3(kWarp, kGroups), 0, sums);
}

}  // namespace granary::cuda

using namespace granary::cuda;

int64_t gn_cuda_column_scratch(int64_t rows, int64_t width)
{
    return 2 * smaller(larger(rows, 0), kMostParts) * larger(width, 0);
}

int32_t gn_cuda_column_sums(
    int32_t type, const void* x, int64_t rows, int64_t width, float* out, int32_t accumulate, float* scratch)
{
    if (!is_type(type) || rows < 0 || width <= 0 || out == nullptr || (rows > 0 && (x == nullptr || scratch == nullptr))) {
        return refuse(__func__);
    }
    const char* function = __func__;
    return with_type(type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        const auto* from = static_cast<const T*>(x);
        return width % kCells<T> == 0 && is_vector_aligned(x)
            ? column_sums<T, kCells<T>>(function, from, rows, width, out, accumulate, scratch)
            : column_sums<T, 1>(function, from, rows, width, out, accumulate, scratch);
    });
}
