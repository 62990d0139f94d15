/* Rotary position embedding in the half-against-half layout of Hugging Face: element i turns against i + R / 2. */
#ifndef GRANARY_KERNELS_ROTARY_H
#define GRANARY_KERNELS_ROTARY_H

#include "kernels.h"

typedef struct gn_kernels_rotary_tables
{
    const float* cos;        /* [positions, R / 2] */
    const float* sin;        /* [positions, R / 2] */
    int64_t positions;
    int64_t rotated;         /* R, even: the first R elements of a head turn, the others stay */
} gn_kernels_rotary_tables;

typedef struct gn_kernels_rotary_tensor
{
    float* data;             /* [B, H, T, D] by strides in elements, the last axis contiguous; changed in place */
    int64_t batch_stride;
    int64_t head_stride;
    int64_t row_stride;
    int64_t batch;           /* B */
    int64_t heads;           /* H */
    int64_t length;          /* T */
} gn_kernels_rotary_tensor;

/* Turns every row by its position: position_ids [B, T], or null for 0 .. T - 1. inverse != 0 turns back, which is the
 * gradient. A position outside of the tables is a bad argument. */
GN_API int32_t gn_kernels_rotary_apply(
    const gn_kernels_rotary_tensor* tensor,
    const gn_kernels_rotary_tables* tables,
    const int64_t* position_ids,
    int32_t inverse,
    int32_t threads);

#endif
