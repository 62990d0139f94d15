/* AdamW over many tensors in one pass over memory, the global gradient norm, and filling and scaling in bulk. */
#ifndef GRANARY_KERNELS_OPTIMIZER_H
#define GRANARY_KERNELS_OPTIMIZER_H

#include "kernels.h"

/* One parameter with its state; all four buffers hold `count` floats, contiguous, and do not overlap with each other or
 * with the copy. */
typedef struct gn_kernels_optimizer_parameter
{
    float* value;           /* read and written */
    const float* gradient;  /* read */
    float* exp_avg;         /* read and written: first moment */
    float* exp_avg_sq;      /* read and written: second moment */
    int64_t count;
    double weight_decay;    /* 0 for none */
    uint16_t* copy;         /* written: the new values in bfloat16, to nearest, ties to even; null for none */
} gn_kernels_optimizer_parameter;

typedef struct gn_kernels_optimizer_adamw_settings
{
    double learning_rate;
    double beta1;
    double beta2;
    double eps;
    double gradient_scale;  /* gradients are multiplied by it first: clipping and loss scaling; 1 for none */
    int64_t step;           /* 1 for the first update; decides the bias corrections */
} gn_kernels_optimizer_adamw_settings;

/* `count` contiguous floats. */
typedef struct gn_kernels_optimizer_span
{
    float* data;
    int64_t count;
} gn_kernels_optimizer_span;

/* PyTorch's AdamW: value *= 1 - lr * weight_decay; exp_avg and exp_avg_sq are moved towards g and g * g;
 * value -= lr / (1 - beta1^step) * exp_avg / (sqrt(exp_avg_sq) / sqrt(1 - beta2^step) + eps). */
GN_API int32_t gn_kernels_optimizer_adamw(
    const gn_kernels_optimizer_parameter* parameters,
    int64_t parameter_count,
    const gn_kernels_optimizer_adamw_settings* settings,
    int32_t threads);

/* sum (=) the sum of squares of all spans in double precision; it is finite iff every element is. */
GN_API int32_t gn_kernels_optimizer_sum_squares(
    const gn_kernels_optimizer_span* spans,
    int64_t span_count,
    double* sum,
    int32_t threads);

/* Every element *= factor. */
GN_API int32_t gn_kernels_optimizer_scale(
    const gn_kernels_optimizer_span* spans,
    int64_t span_count,
    float factor,
    int32_t threads);

/* Every element = value. */
GN_API int32_t gn_kernels_optimizer_fill(
    const gn_kernels_optimizer_span* spans,
    int64_t span_count,
    float value,
    int32_t threads);

#endif
