/* What all kernel families share: the status codes and the meaning of `threads`.
 *
 * Every kernel is a plain function on raw memory: nothing is kept between calls but small scratch buffers per thread,
 * the caller owns every buffer, and a buffer's comment says whether it is written (=) or added to (+=).
 * `threads` is the number of OpenMP threads a call may use; 0 means omp_get_max_threads(). No result depends on it:
 * the same inputs give the same bits for any number of threads.
 * A NaN or an infinity in the inputs reaches the outputs it belongs to. */
#ifndef GRANARY_KERNELS_H
#define GRANARY_KERNELS_H

#include <stdint.h>

#if defined(_WIN32)
#define GN_KERNEL_API __declspec(dllexport)
#else
#define GN_KERNEL_API __attribute__((visibility("default")))
#endif

enum
{
    GN_KERNEL_OK = 0,
    GN_KERNEL_BAD_ARGUMENT = 1,  /* a null, negative or contradictory argument; nothing has been written */
    GN_KERNEL_OUT_OF_MEMORY = 2  /* scratch memory could not be had; outputs are undefined */
};

#ifdef __cplusplus
extern "C" {
#endif

/* The width in floats of the vectors the kernels are compiled for: 16 (AVX-512), 8 (AVX2) or 4. */
GN_KERNEL_API int32_t gn_kernels_lanes(void);

#ifdef __cplusplus
}
#endif

#endif
