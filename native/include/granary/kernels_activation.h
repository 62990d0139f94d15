/* SwiGLU and GELU over matrices [N, F] whose rows are contiguous; rows lie `*_stride` elements apart, so gate and up
 * may be two halves of one projection. */
#ifndef GRANARY_KERNELS_ACTIVATION_H
#define GRANARY_KERNELS_ACTIVATION_H

#include "kernels.h"

enum
{
    GN_GELU_TANH = 0,  /* 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), "gelu_new" */
    GN_GELU_ERF = 1    /* 0.5 x (1 + erf(x / sqrt(2))), "gelu" */
};

typedef struct gn_kernels_activation_matrix
{
    float* data;
    int64_t row_stride;
} gn_kernels_activation_matrix;

/* out (=) gate * sigmoid(gate) * up; out may be gate or up. */
GN_API int32_t gn_kernels_activation_swiglu_forward(
    const gn_kernels_activation_matrix* gate, const gn_kernels_activation_matrix* up,
    const gn_kernels_activation_matrix* out, int64_t rows, int64_t width, int32_t threads);

/* dgate =, dup =; they may be gate, up or dout themselves. */
GN_API int32_t gn_kernels_activation_swiglu_backward(
    const gn_kernels_activation_matrix* gate, const gn_kernels_activation_matrix* up,
    const gn_kernels_activation_matrix* dout, const gn_kernels_activation_matrix* dgate,
    const gn_kernels_activation_matrix* dup, int64_t rows, int64_t width, int32_t threads);

/* out (=) gelu(x + bias); bias [F] or null; out may be x. */
GN_API int32_t gn_kernels_activation_gelu_forward(
    int32_t kind, const gn_kernels_activation_matrix* x, const float* bias, const gn_kernels_activation_matrix* out,
    int64_t rows, int64_t width, int32_t threads);

/* dx (=) dout * gelu'(x + bias); dbias [F] (=, or null) the sum of dx over the rows; dx may be x or dout. */
GN_API int32_t gn_kernels_activation_gelu_backward(
    int32_t kind, const gn_kernels_activation_matrix* x, const float* bias, const gn_kernels_activation_matrix* dout,
    const gn_kernels_activation_matrix* dx, float* dbias, int64_t rows, int64_t width, int32_t threads);

#endif
