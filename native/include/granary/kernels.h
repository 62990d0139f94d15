/* What all kernel families share: the status codes and the meaning of `threads`.
 *
 * Every kernel is a plain function on raw memory: nothing is kept between calls but small scratch buffers per thread,
 * the caller owns every buffer, and a buffer's comment says whether it is written (=) or added to (+=).
 * `threads` is the number of OpenMP threads a call may use; 0 means omp_get_max_threads(). No result depends on it:
 * the same inputs give the same bits for any number of threads.
 * A NaN or an infinity in the inputs reaches the outputs it belongs to. */
#ifndef GRANARY_KERNELS_H
#define GRANARY_KERNELS_H

#include "common.h"

/* Other statuses than GN_OK; gn_error_last() names the function then. */
enum
{
    GN_KERNEL_BAD_ARGUMENT = 2,  /* a null, negative or contradictory argument; nothing has been written */
    GN_KERNEL_OUT_OF_MEMORY = 3  /* scratch memory could not be had; outputs are undefined */
};

/* The width in floats of the vectors the kernels are compiled for: 16 (AVX-512), 8 (AVX2) or 4. */
GN_API int32_t gn_kernels_lanes(void);

#endif
