// How panels of float32 are multiplied: a cell is a value.
#pragma once

#include "product_cells.h"

namespace granary::kernels {

struct Float32Cells
{
    static constexpr int64_t kValues = 1;
    static constexpr int64_t kAhead = 32 * kTileRows;

    template <int kRows>
    static GN_INLINE void multiply(const float* left, const float* right, int64_t cells, Floats (&sum)[kRows][kTileVectors])
    {
#pragma GCC unroll 4
        for (int64_t k = 0; k < cells; ++k) {
            // The left comes from the second-level cache, where the right stays in the first.
            __builtin_prefetch(left + k * kTileRows + kAhead, 0, 3);
            Floats line[kTileVectors];
#pragma GCC unroll 2
            for (int v = 0; v < kTileVectors; ++v) {
                line[v] = load(right + k * kTileColumns + v * kLanes);
            }
#pragma GCC unroll 16
            for (int r = 0; r < kRows; ++r) {
                const Floats factor = splat(left[k * kTileRows + r]);
#pragma GCC unroll 2
                for (int v = 0; v < kTileVectors; ++v) {
                    sum[r][v] = multiply_add(factor, line[v], sum[r][v]);
                }
            }
        }
    }
};

}  // namespace granary::kernels
