/* Fused attention on the CPU, forward and backward, without a Tq x Tk matrix in memory.
 *
 * Shapes: q, out, dq, dout [B, H, Tq, D]; k, v, dk, dv [B, Hkv, Tk, D]; lse, delta, dlse [B, H, Tq] contiguous.
 * H is a multiple of Hkv; query head h reads key head h / (H / Hkv). Tensors are given by strides in elements, the last
 * axis is contiguous, so [B, T, H, D] out of a fused projection needs no copy.
 *
 * Mask law: key j is seen by query i iff segment_k[j] != 0, (segment_q[i] == segment_k[j] or anchor_k[j] != 0) and
 * rank_k[j] <= rank_q[i]. Absent vectors: no segments means one segment that holds all, no ranks means the order that
 * `kind` says. A query that sees nothing has out 0, lse -inf and takes and gives no gradient. */
#ifndef GRANARY_KERNELS_ATTENTION_H
#define GRANARY_KERNELS_ATTENTION_H

#include "kernels.h"
#include "kernels_product.h"

enum
{
    GN_ATTENTION_FULL = 0,    /* no order: every query may see every key of its segment */
    GN_ATTENTION_CAUSAL = 1,  /* key j is seen by query i only if j <= i + causal_offset */
    GN_ATTENTION_RANKED = 2   /* rank_q and rank_k decide */
};

typedef struct gn_kernels_attention_shape
{
    int64_t batch;         /* B */
    int64_t query_heads;   /* H */
    int64_t key_heads;     /* Hkv */
    int64_t query_length;  /* Tq */
    int64_t key_length;    /* Tk */
    int64_t head_dim;      /* D, 1 to 1024 */
    float scale;           /* scores are scale * q.k, usually 1 / sqrt(D) */
    int32_t threads;       /* see kernels.h */
    int32_t products;      /* GN_PRODUCT_FLOAT32, or GN_PRODUCT_BFLOAT16: q times scale, k, v, dout, probabilities and their
                              gradients are rounded before they are multiplied; softmax and all sums are float32 */
    int32_t reserved;      /* 0 */
} gn_kernels_attention_shape;

typedef struct gn_kernels_attention_mask
{
    int32_t kind;              /* GN_ATTENTION_* */
    int32_t reserved;          /* 0 */
    int64_t causal_offset;     /* for GN_ATTENTION_CAUSAL; Tk - Tq lets the last query see the last key */
    const int32_t* segment_q;  /* [B, Tq] or null, together with segment_k */
    const int32_t* segment_k;  /* [B, Tk] or null; 0 marks an invalid key */
    const uint8_t* anchor_k;   /* [B, Tk] or null; non-zero: seen from every segment; needs segments */
    const int32_t* rank_q;     /* [B, Tq]; for GN_ATTENTION_RANKED only */
    const int32_t* rank_k;     /* [B, Tk]; for GN_ATTENTION_RANKED only */
} gn_kernels_attention_mask;

typedef struct gn_kernels_attention_tensor
{
    float* data;
    int64_t batch_stride;
    int64_t head_stride;
    int64_t row_stride;
} gn_kernels_attention_tensor;

/* out =, lse = natural logarithm of the sum of exp(scaled scores). `mask` may be null: full. */
GN_API int32_t gn_kernels_attention_forward(
    const gn_kernels_attention_shape* shape,
    const gn_kernels_attention_mask* mask,
    const gn_kernels_attention_tensor* q,
    const gn_kernels_attention_tensor* k,
    const gn_kernels_attention_tensor* v,
    const gn_kernels_attention_tensor* out,
    float* lse);

/* dq =, dk =, dv = (summed over the query heads of a key head). `out` and `lse` are those of the whole softmax: when k
 * and v are one block of a longer sequence, they come from all blocks merged, and the block's gradients add up.
 * `delta` [B, H, Tq] is sum_d dout * out; where it is given, `out` is not read and may be null.
 * `dlse` is the gradient of lse, or null for none. */
GN_API int32_t gn_kernels_attention_backward(
    const gn_kernels_attention_shape* shape,
    const gn_kernels_attention_mask* mask,
    const gn_kernels_attention_tensor* q,
    const gn_kernels_attention_tensor* k,
    const gn_kernels_attention_tensor* v,
    const gn_kernels_attention_tensor* out,
    const float* lse,
    const float* delta,
    const gn_kernels_attention_tensor* dout,
    const float* dlse,
    const gn_kernels_attention_tensor* dq,
    const gn_kernels_attention_tensor* dk,
    const gn_kernels_attention_tensor* dv);

/* Merges a second block's result into the first: lse (=) log(exp(lse) + exp(block_lse)), out (=) the weighted mean.
 * Reads B, H, Tq, D and threads of `shape`. */
GN_API int32_t gn_kernels_attention_merge(
    const gn_kernels_attention_shape* shape,
    const gn_kernels_attention_tensor* out,
    float* lse,
    const gn_kernels_attention_tensor* block_out,
    const float* block_lse);

#endif
