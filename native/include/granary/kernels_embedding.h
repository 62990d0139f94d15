/* Gradient of an embedding table. */
#ifndef GRANARY_KERNELS_EMBEDDING_H
#define GRANARY_KERNELS_EMBEDDING_H

#include "kernels.h"

/* dweight [V, d] contiguous (+=): row ids[n] gets dout[n], for n in order. ids [N], 0 <= id < V, or padding_id, whose
 * rows are left out (-1 for none). dout [N, d], rows `dout_stride` elements apart. */
GN_API int32_t gn_kernels_embedding_backward(
    const int64_t* ids,
    int64_t rows,
    int64_t padding_id,
    const float* dout,
    int64_t dout_stride,
    float* dweight,
    int64_t vocabulary,
    int64_t width,
    int32_t threads);

#endif
