/* What reading a text a few tokens at a time needs: products of few rows, attention to a cache of keys and values, and
 * the yardstick of both. Forward only.
 *
 * A row's results have the same bits whatever the number of rows of the call and whatever the other rows hold: tokens
 * that are verified together come out as tokens that are read one by one. */
#ifndef GRANARY_KERNELS_DECODE_H
#define GRANARY_KERNELS_DECODE_H

#include "kernels_attention.h"
#include "kernels_optimizer.h"

/* y [rows, outputs] = x [rows, inputs] * weight [outputs, inputs]^T + bias [outputs], which may be null. x and y are
 * given by their row strides in elements; the weight is contiguous and read once for up to some dozens of rows. */
GN_API int32_t gn_kernels_decode_linear(
    const float* x, int64_t x_stride, const float* weight, const float* bias, float* y, int64_t y_stride, int64_t rows,
    int64_t inputs, int64_t outputs, int32_t threads);

/* out = attention of the last Tq of Tk tokens, which form a tree: parents [Tq] holds each token's parent, an earlier
 * token of the call or -1 for the last of the Tk - Tq tokens before it. A token sees these, its ancestors and itself,
 * in this order, so that a branch comes out as the same tokens in a row. parents null: each token's parent is the one
 * before it. All rows of a batch share the tree. */
GN_API int32_t gn_kernels_decode_attention(
    const gn_kernels_attention_shape* shape,
    const int32_t* parents,
    const gn_kernels_attention_tensor* q,
    const gn_kernels_attention_tensor* k,
    const gn_kernels_attention_tensor* v,
    const gn_kernels_attention_tensor* out);

/* Reads spans from beginning to end as fast as memory gives them; digest (=) the exclusive or of their 32-bit words. */
GN_API int32_t gn_kernels_decode_read(
    const gn_kernels_optimizer_span* spans, int64_t span_count, uint32_t* digest, int32_t threads);

#endif
