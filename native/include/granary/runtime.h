/* The library as a whole: version, threads, seeds, memory. */
#ifndef GRANARY_RUNTIME_H
#define GRANARY_RUNTIME_H

#include "common.h"

/* libtorch's version, "1.13.1"; owned by the library. */
GN_API const char* gn_runtime_torch_version(void);

/* libtorch's build settings, several lines; owned by the library, valid until the thread's next call. */
GN_API const char* gn_runtime_torch_config(void);

/* Threads for operators, for this library's kernels and for the matrix library, where it can be told. */
GN_API int32_t gn_runtime_set_threads(int32_t threads);
GN_API int32_t gn_runtime_get_threads(void);

/* Seeds the default generator of every device. */
GN_API int32_t gn_runtime_seed(uint64_t seed);

/* Bytes of main memory in tensors of at least 64 KiB: in use, the most in use at one time, and kept for further ones. */
GN_API void gn_runtime_get_memory(int64_t* live, int64_t* peak, int64_t* kept);
GN_API void gn_runtime_reset_peak_memory(void);

/* Gives what is kept back to the system. */
GN_API void gn_runtime_release_memory(void);

/* 1 when CUDA devices can be used, else 0. */
GN_API int32_t gn_runtime_has_cuda(void);

/* A CPU generator of the caller's own; free with gn_generator_free. */
GN_API int32_t gn_generator_create(uint64_t seed, gn_generator** generator);
GN_API void gn_generator_free(gn_generator* generator);

/* The generator's whole state as a byte tensor, and back; the caller frees the tensor. */
GN_API int32_t gn_generator_get_state(gn_generator* generator, gn_tensor** state);
GN_API int32_t gn_generator_set_state(gn_generator* generator, gn_tensor* state);

#endif
