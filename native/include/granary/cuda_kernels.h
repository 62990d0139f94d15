/* The kernels of CUDA devices: norms, rotary embedding, activations, loss, optimizer and attention under any mask law.
 *
 * Pointers are device memory unless said otherwise, the caller owns every buffer, and a buffer's comment says whether it
 * is written (=) or added to (+=). `type` is a c10::ScalarType, 6 (float32) or 15 (bfloat16), and is that of every
 * `void*`; sums, norms and softmax are fp32 in both. Matrices are contiguous unless a stride is given, in elements.
 *
 * Calls launch on the current stream and return: GN_OK, GN_KERNEL_BAD_ARGUMENT, or GN_FAILED when the launch was refused;
 * gn_error_last() says why. None synchronises, allocates or keeps state, so a CUDA graph can capture any of them; what
 * the host gives by value is then fixed in the graph. No result depends on the order in which blocks run: the same
 * inputs give the same bits. A NaN or an infinity in the inputs reaches the outputs it belongs to.
 * Rows of 16-byte multiples on 16-byte addresses are read in vectors; all others are right, and slower. */
#ifndef GRANARY_CUDA_KERNELS_H
#define GRANARY_CUDA_KERNELS_H

#include "kernels_activation.h"
#include "kernels_attention.h"
#include "kernels_loss.h"
#include "kernels_optimizer.h"

enum
{
    GN_CUDA_FLOAT32 = 6,
    GN_CUDA_BFLOAT16 = 15
};

enum
{
    GN_CUDA_RMS_NORM = 0,
    GN_CUDA_LAYER_NORM = 1
};

enum { GN_CUDA_CHUNK = 8192 };  /* elements of a parameter that one block of the optimizer's kernels works on */

/* 1 in a build with the kernels below, else 0; the others then fail. */
GN_API int32_t gn_cuda_kernels_compiled(void);

/* Residual addition and norm in one pass over [rows, width]. */
typedef struct gn_cuda_norm
{
    int32_t type;
    int32_t kind;        /* GN_CUDA_RMS_NORM, GN_CUDA_LAYER_NORM */
    int64_t rows;
    int64_t width;
    double eps;
    const void* x;
    const void* delta;   /* or null: nothing is added */
    void* sum;           /* (=) x + delta, rounded to `type`; the norm reads what was rounded. Given iff delta is; may be either */
    const float* gamma;  /* [width] or null: 1 */
    const float* beta;   /* [width] or null: 0; LayerNorm only */
    void* y;             /* (=) (x - mean) * rstd * gamma + beta, without mean and beta for RMSNorm */
    float* mean;         /* [rows] (=), LayerNorm only */
    float* rstd;         /* [rows] (=) 1 / sqrt(variance + eps), or of the mean square */
} gn_cuda_norm;

GN_API int32_t gn_cuda_norm_forward(const gn_cuda_norm* norm);

typedef struct gn_cuda_norm_gradient
{
    int32_t type;
    int32_t kind;
    int64_t rows;
    int64_t width;
    const void* x;       /* what was normalised: the sum, if there was a residual */
    const float* gamma;  /* or null: 1 */
    const float* mean;   /* LayerNorm only */
    const float* rstd;
    const void* dy;
    const void* dsum;    /* or null: what reaches x past the norm */
    void* dx;            /* (=) gradient through the norm + dsum; may be dy or dsum */
    float* dgamma;       /* [width], =, or += when accumulate; or null */
    float* dbeta;        /* [width], the same */
    int32_t accumulate;
    int32_t reserved;    /* 0 */
    float* scratch;      /* gn_cuda_column_scratch(rows, width) floats; null if dgamma and dbeta are */
} gn_cuda_norm_gradient;

GN_API int32_t gn_cuda_norm_backward(const gn_cuda_norm_gradient* gradient);

/* Floats of scratch that sums over the columns of [rows, width] take. */
GN_API int64_t gn_cuda_column_scratch(int64_t rows, int64_t width);

/* out [width] (=, or += when accumulate): the sum of the rows of x, in fp32: a bias' gradient. */
GN_API int32_t gn_cuda_column_sums(
    int32_t type, const void* x, int64_t rows, int64_t width, float* out, int32_t accumulate, float* scratch);

/* Heads [B, H, T, D] by strides in elements, D contiguous. */
typedef struct gn_cuda_heads
{
    void* data;
    int64_t batch_stride;
    int64_t head_stride;
    int64_t row_stride;
} gn_cuda_heads;

/* Rotary embedding, half against half, in place: turns the first heads * head_dim elements of each of `rows` rows that lie
 * row_stride apart. Row r has position r % length; cos, sin [length, head_dim / 2]. inverse != 0 turns back. */
GN_API int32_t gn_cuda_rotary(
    int32_t type, void* data, int64_t rows, int64_t length, int64_t heads, int64_t head_dim, int64_t row_stride,
    const float* cos, const float* sin, int32_t inverse);

/* packed [B, T, (H + 2 G) D] (=) q | k | v of each position, from q [B, H, T, D] and k, v [B, G, T, D]. Where cos and sin
 * [T, D / 2] are given, q and k are turned back by their positions: the gradient of the projection from those of heads. */
GN_API int32_t gn_cuda_pack_heads(
    int32_t type, const gn_cuda_heads* q, const gn_cuda_heads* k, const gn_cuda_heads* v, void* packed, int64_t batch,
    int64_t length, int64_t heads, int64_t key_heads, int64_t head_dim, const float* cos, const float* sin);

/* gate_up [rows, 2 width] is gate | up; out [rows, width] (=) gate * sigmoid(gate) * up. */
GN_API int32_t gn_cuda_swiglu_forward(int32_t type, const void* gate_up, void* out, int64_t rows, int64_t width);

/* dgate_up [rows, 2 width] (=); it may be gate_up. */
GN_API int32_t gn_cuda_swiglu_backward(
    int32_t type, const void* gate_up, const void* dout, void* dgate_up, int64_t rows, int64_t width);

/* out (=) gelu(x), `kind` as GN_GELU_*; out may be x. */
GN_API int32_t gn_cuda_gelu_forward(int32_t type, int32_t kind, const void* x, void* out, int64_t count);

/* dx (=) dout * gelu'(x); it may be x or dout. */
GN_API int32_t gn_cuda_gelu_backward(
    int32_t type, int32_t kind, const void* x, const void* dout, void* dx, int64_t count);

/* losses [rows] (=) weight * -log softmax(logits)[target]; 0 for a target of GN_LOSS_IGNORED, NaN for any other outside of
 * the classes. weights [rows] or null: 1 each. logits [rows, classes], rows row_stride apart; with writes_gradient they
 * become weight * (softmax - onehot): 0 in ignored rows, NaN in rows whose target is outside of the classes. */
GN_API int32_t gn_cuda_cross_entropy(
    int32_t type, void* logits, int64_t rows, int64_t classes, int64_t row_stride, const int64_t* targets,
    const float* weights, float* losses, int32_t writes_gradient);

/* One parameter with its state: fp32 buffers of `count` elements, contiguous, that do not overlap. */
typedef struct gn_cuda_parameter
{
    float* value;           /* read and written */
    const float* gradient;  /* read; null: the parameter is left alone */
    float* exp_avg;         /* read and written: first moment */
    float* exp_avg_sq;      /* read and written: second moment */
    void* copy;             /* bfloat16 (=) the new value, rounded; or null */
    int64_t count;
    double weight_decay;    /* 0 for none */
} gn_cuda_parameter;

/* PyTorch's AdamW, as gn_kernels_optimizer_adamw, over chunks of GN_CUDA_CHUNK elements. parameters: an array in device
 * memory; chunks [chunk_count] in device memory: pairs of int32, {index of the parameter, number of the chunk in it}, each
 * pair once; settings in host memory. */
GN_API int32_t gn_cuda_adamw_step(
    const gn_cuda_parameter* parameters, const int32_t* chunks, int64_t chunk_count,
    const gn_kernels_optimizer_adamw_settings* settings);

/* sum (=) one double: the sum of squares of all gradients; it is finite iff every element is. scratch: chunk_count doubles. */
GN_API int32_t gn_cuda_sum_squares(
    const gn_cuda_parameter* parameters, const int32_t* chunks, int64_t chunk_count, double* scratch, double* sum);

/* Attention as gn_kernels_attention_forward: shape and mask are structs in host memory, the mask's vectors device memory,
 * `threads` is not read; head_dim 1 to 256. out (=), lse [B, H, Tq] (=) natural logarithms. mask may be null: full. */
GN_API int32_t gn_cuda_attention_forward(
    int32_t type, const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask, const gn_cuda_heads* q,
    const gn_cuda_heads* k, const gn_cuda_heads* v, const gn_cuda_heads* out, float* lse);

/* dq =, dk =, dv = (summed over the query heads of a key head). `out` and `lse` are those of the whole softmax; dlse
 * [B, H, Tq] is the gradient of lse, or null for none. delta [B, H, Tq] is scratch. */
GN_API int32_t gn_cuda_attention_backward(
    int32_t type, const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask, const gn_cuda_heads* q,
    const gn_cuda_heads* k, const gn_cuda_heads* v, const gn_cuda_heads* out, const float* lse, const gn_cuda_heads* dout,
    const float* dlse, const gn_cuda_heads* dq, const gn_cuda_heads* dk, const gn_cuda_heads* dv, float* delta);

#endif
