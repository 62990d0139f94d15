// Factors of a product of bfloat16, each of which lies in memory as float32 or as bfloat16 already.
#pragma once

#include "product_cells.h"

namespace granary::kernels {

template <typename Format>
struct EitherFactor
{
    static void pack_left(const Factor& left, int64_t row, int64_t rows, int64_t k, int64_t depth, float* to, int64_t size)
    {
        if (left.is_bfloat16) {
            kernels::pack_left<Format, uint16_t>(left, row, rows, k, depth, to, size);
        } else {
            kernels::pack_left<Format, float>(left, row, rows, k, depth, to, size);
        }
    }

    static void pack_right(const Factor& right, int64_t column, int64_t columns, int64_t k, int64_t depth, float* to, int64_t size)
    {
        if (right.is_bfloat16) {
            kernels::pack_right<Format, uint16_t>(right, column, columns, k, depth, to, size);
        } else {
            kernels::pack_right<Format, float>(right, column, columns, k, depth, to, size);
        }
    }
};

}  // namespace granary::kernels
