// Kernels that give each thread one item of a row, such as a vector: no thread divides by the row's width.
#pragma once

#include "device.cuh"

namespace granary::cuda {

constexpr int kRowThreads = 256;

struct RowItem
{
    int64_t row;
    int item;
};

__device__ __forceinline__ RowItem row_item()
{
    return {(int64_t)blockIdx.x * blockDim.y + threadIdx.y, (int)(blockIdx.y * blockDim.x + threadIdx.x)};
}

// Blocks of whole warps: one piece of a long row, or several short rows.
template <typename Kernel, typename Arguments>
int32_t launch_rows(const char* function, Kernel kernel, int64_t rows, int64_t items, const Arguments& arguments)
{
    constexpr int64_t kMostPieces = 65535;
    const int64_t pieces = divide_up(items, kRowThreads);
    const int64_t across = divide_up(divide_up(items, larger(pieces, 1)), kWarp) * kWarp;
    const int64_t down = across > 0 ? kRowThreads / across : 1;
    const int64_t blocks = divide_up(rows, down);
    if (pieces > kMostPieces || blocks > INT32_MAX) {
        return refuse(function);
    }
    return launch(function, kernel, dim3((unsigned)blocks, (unsigned)pieces), dim3((unsigned)across, (unsigned)down), 0,
                  arguments);
}

}  // namespace granary::cuda
