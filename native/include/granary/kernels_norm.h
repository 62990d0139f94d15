/* LayerNorm and RMSNorm over the last axis of [N, d], contiguous, with an optional residual addition in front:
 * sum = x + residual, y = norm(sum). Forward keeps what backward needs: mean and rstd (1 / standard deviation), [N]. */
#ifndef GRANARY_KERNELS_NORM_H
#define GRANARY_KERNELS_NORM_H

#include "kernels.h"

/* y = (x - mean) * rstd * gamma + beta. residual [N, d] or null; sum [N, d] (=) x + residual, given iff residual is (it
 * may be x or residual itself). gamma, beta [d], each may be null: 1, 0. mean = and rstd = [N]. */
GN_API int32_t gn_kernels_norm_layer_forward(
    const float* x, const float* residual, float* sum, const float* gamma, const float* beta, float* y, float* mean,
    float* rstd, int64_t rows, int64_t width, float eps, int32_t threads);

/* x is what was normalised (sum, if there was a residual). dx (=) the gradient of x, plus dsum [N, d] unless null: what
 * reaches the sum past the norm; dx may be dy or dsum itself. dgamma =, dbeta = [d], each may be null. */
GN_API int32_t gn_kernels_norm_layer_backward(
    const float* x, const float* gamma, const float* mean, const float* rstd, const float* dy, const float* dsum,
    float* dx, float* dgamma, float* dbeta, int64_t rows, int64_t width, int32_t threads);

/* y = x * rstd * gamma with rstd = 1 / sqrt(mean(x^2) + eps); the rest as above. */
GN_API int32_t gn_kernels_norm_rms_forward(
    const float* x, const float* residual, float* sum, const float* gamma, float* y, float* rstd, int64_t rows,
    int64_t width, float eps, int32_t threads);

GN_API int32_t gn_kernels_norm_rms_backward(
    const float* x, const float* gamma, const float* rstd, const float* dy, const float* dsum, float* dx,
    float* dgamma, int64_t rows, int64_t width, int32_t threads);

#endif
