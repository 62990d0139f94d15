/* A linear layer's three matrix products: y = x W^T + b, the gradient of x and those of W and b. Sums are float32.
 *
 * An element's sum runs over the depth in blocks whose bounds depend on the depth alone: no number of threads, rows or
 * columns changes its bits. */
#ifndef GRANARY_KERNELS_PRODUCT_H
#define GRANARY_KERNELS_PRODUCT_H

#include "kernels.h"

/* What a factor's elements are, and what all factors are rounded to before they are multiplied. */
enum
{
    GN_PRODUCT_FLOAT32 = 0,
    GN_PRODUCT_BFLOAT16 = 1  /* the upper half of a float32, rounded to nearest, ties to even */
};

/* A matrix that is read: each row in one piece. */
typedef struct
{
    const void* data;  /* float, or uint16_t for bfloat16 */
    int64_t stride;    /* elements from a row to the next */
    int32_t type;      /* GN_PRODUCT_BFLOAT16 only where the products are that as well */
} gn_kernels_product_factor;

typedef struct
{
    int64_t rows;
    int64_t inputs;
    int64_t outputs;
    int32_t products;  /* GN_PRODUCT_FLOAT32 or GN_PRODUCT_BFLOAT16 */
    int32_t threads;
} gn_kernels_product_shape;

/* Whether there are products of this kind: 1 or 0. */
GN_API int32_t gn_kernels_product_has(int32_t products);

/* Whether products of bfloat16 are computed by the CPU's own instruction (1) or by float32's arithmetic (0), which rounds
 * the factors the same and adds in another order. */
GN_API int32_t gn_kernels_product_has_bfloat16_instruction(void);

/* y [rows, outputs] = x [rows, inputs] * weight [outputs, inputs]^T + bias [outputs], which may be null. */
GN_API int32_t gn_kernels_product_forward(
    const gn_kernels_product_shape* shape, const gn_kernels_product_factor* x, const gn_kernels_product_factor* weight,
    const float* bias, float* y, int64_t y_stride);

/* dx [rows, inputs] = dy [rows, outputs] * weight [outputs, inputs]. */
GN_API int32_t gn_kernels_product_of_input(
    const gn_kernels_product_shape* shape, const gn_kernels_product_factor* dy, const gn_kernels_product_factor* weight,
    float* dx, int64_t dx_stride);

/* dweight [outputs, inputs] = dy [rows, outputs]^T * x [rows, inputs]; += where `adds` is not 0. */
GN_API int32_t gn_kernels_product_of_weight(
    const gn_kernels_product_shape* shape, const gn_kernels_product_factor* dy, const gn_kernels_product_factor* x,
    float* dweight, int64_t dweight_stride, int32_t adds);

/* dbias [outputs] = the sums of dy's columns; += where `adds` is not 0. dy is float32 whatever the products are. */
GN_API int32_t gn_kernels_product_of_bias(
    const gn_kernels_product_shape* shape, const gn_kernels_product_factor* dy, float* dbias, int32_t adds);

#endif
