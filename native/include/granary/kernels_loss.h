/* Cross-entropy of logits [N, V] against class ids, with its gradient. Losses are natural logarithms (nats). */
#ifndef GRANARY_KERNELS_LOSS_H
#define GRANARY_KERNELS_LOSS_H

#include "kernels.h"

enum { GN_LOSS_IGNORED = -100 };  /* a target of this value: the row has loss 0, weight 0 and gradient 0 */

typedef struct gn_kernels_loss_rows
{
    const float* logits;      /* [N, V], rows `row_stride` elements apart */
    int64_t row_stride;
    const int64_t* targets;   /* [N], 0 <= target < V or GN_LOSS_IGNORED */
    const float* weights;     /* [N] or null: 1 each */
    int64_t rows;             /* N */
    int64_t classes;          /* V */
} gn_kernels_loss_rows;

/* losses [N] (=, or null): -log softmax(logits)[target], not weighted. lse [N] (=, or null): log-sum-exp of each row,
 * ignored rows included. loss_sum (=): sum of weight * loss, weight_sum (=): sum of weights, both over rows that are
 * not ignored and in row order.
 * gradient [N, V] (=, or null; rows `gradient_stride` apart; may be the logits themselves): gradient_scale * weight *
 * (softmax - onehot), written while the row is still in the cache. */
GN_API int32_t gn_kernels_loss_cross_entropy(
    const gn_kernels_loss_rows* rows,
    float* losses,
    float* lse,
    double* loss_sum,
    double* weight_sum,
    float* gradient,
    int64_t gradient_stride,
    float gradient_scale,
    int32_t threads);

/* gradient (=; may be the logits themselves): gradient_scale * weight * (softmax - onehot) from a stored lse. */
GN_API int32_t gn_kernels_loss_cross_entropy_backward(
    const gn_kernels_loss_rows* rows,
    const float* lse,
    float* gradient,
    int64_t gradient_stride,
    float gradient_scale,
    int32_t threads);

#endif
