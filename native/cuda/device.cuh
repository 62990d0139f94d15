// What every kernel file stands on: the device's language, or its stand-in for tests on a CPU, and how kernels are launched.
#pragma once

#include <cstdint>
#include <cstdio>
#include <type_traits>

#ifdef GRANARY_CUDA_EMULATION
#include "cuda_emulation.h"
#else
#include <cuda_runtime.h>
#define GN_DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]
#endif

#include "cuda/stream.h"
#include "granary/cuda_kernels.h"
#include "granary/error.h"

namespace granary::cuda {

constexpr unsigned kAllLanes = 0xffffffffu;
constexpr int kWarp = 32;
constexpr float kLog2E = 1.44269504088896340736f;
constexpr float kLn2 = 0.69314718055994530942f;

// Shared memory that every kernel may have without asking for it.
constexpr size_t kPlainShared = 48 * 1024;

__host__ __device__ constexpr int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
__host__ __device__ constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
__host__ __device__ constexpr int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
__device__ __forceinline__ float infinity() { return __uint_as_float(0x7f800000u); }
__device__ __forceinline__ float not_a_number() { return __uint_as_float(0x7fc00000u); }

// Flushes to zero what is smaller than any normal number.
__device__ __forceinline__ float exp2_of(float x)
{
#ifdef GRANARY_CUDA_EMULATION
    return exp2f(x);
#else
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#endif
}

// Leaves the reason where gn_error_last() finds it and hands the status on.
inline int32_t fail(int32_t status, const char* function, const char* reason)
{
    char text[256];
    std::snprintf(text, sizeof text, "%s %s", function, reason);
    gn_error_set(text);
    return status;
}

inline int32_t refuse(const char* function)
{
    return fail(GN_KERNEL_BAD_ARGUMENT, function,
                "was given a null, negative or contradictory argument; its header says what each may be.");
}

// Launches on the current stream. `function` names the caller in the reason of a failure; an empty grid is no launch.
template <typename... Parameters, typename... Arguments>
int32_t launch(const char* function, void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes,
               Arguments... arguments)
{
    if (grid.x == 0 || grid.y == 0 || grid.z == 0) {
        return GN_OK;
    }
#ifdef GRANARY_CUDA_EMULATION
    (void)function;
    emulation::run(grid, block, shared_bytes, [&] { kernel(Parameters(arguments)...); });
    return GN_OK;
#else
    cudaError_t error = cudaSuccess;
    if (shared_bytes > kPlainShared) {
        error = cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize,
                                     static_cast<int>(shared_bytes));
    }
    if (error == cudaSuccess) {
        kernel<<<grid, block, shared_bytes, static_cast<cudaStream_t>(current_stream())>>>(Parameters(arguments)...);
        error = cudaGetLastError();
    }
    return error == cudaSuccess ? GN_OK : fail(GN_FAILED, function, cudaGetErrorString(error));
#endif
}

}  // namespace granary::cuda
