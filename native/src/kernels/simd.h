// One vector type for every CPU: GCC/Clang vector extensions as wide as the target's registers (16 floats with AVX-512,
// 8 with AVX2, else 4). Arithmetic is plain operators, a * b + c contracts to one FMA (-ffp-contract=fast). Only what
// the extensions cannot say (partial loads, scalef, the order of max's operands) falls back to intrinsics.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

namespace granary::kernels {

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
#elif defined(__AVX2__)
inline constexpr int kLanes = 8;
#else
inline constexpr int kLanes = 4;
#endif

using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

#define GN_INLINE inline __attribute__((always_inline))

GN_INLINE Floats splat(float x) { return x - Floats{}; }
GN_INLINE Ints splat(int32_t x) { return x - Ints{}; }

GN_INLINE Floats load(const float* p)
{
    Floats v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

GN_INLINE Ints load(const int32_t* p)
{
    Ints v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

GN_INLINE void store(float* p, Floats v) { std::memcpy(p, &v, sizeof v); }

// The first `count` lanes (1 <= count < kLanes) from memory, the others zero; nothing behind them is touched.
GN_INLINE Floats load_partial(const float* p, int count)
{
#if defined(__AVX512F__)
    return (Floats)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#else
    Floats v{};
    std::memcpy(&v, p, sizeof(float) * (size_t)count);
    return v;
#endif
}

GN_INLINE void store_partial(float* p, Floats v, int count)
{
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
#else
    std::memcpy(p, &v, sizeof(float) * (size_t)count);
#endif
}

// A comparison's lanes are all ones or all zeros.
GN_INLINE Floats select(Ints mask, Floats yes, Floats no) { return mask ? yes : no; }

// a * b + c, rounded once where the CPU can. Written out where two compilations of a sum must have the same bits: for some
// CPUs the compiler takes a product and an addition instead wherever it finds a chain of them.
GN_INLINE Floats multiply_add(Floats a, Floats b, Floats c)
{
#if defined(__AVX512F__)
    return (Floats)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__) && defined(__FMA__)
    return (Floats)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return a * b + c;
#endif
}

// max that returns `x` when x is not a number, so that a NaN reaches the result.
GN_INLINE Floats max_keep(Floats bound, Floats x)
{
#if defined(__AVX512F__)
    return (Floats)_mm512_max_ps((__m512)bound, (__m512)x);
#elif defined(__AVX2__)
    return (Floats)_mm256_max_ps((__m256)bound, (__m256)x);
#else
    return (bound > x) ? bound : x;
#endif
}

GN_INLINE Floats min_keep(Floats bound, Floats x)
{
#if defined(__AVX512F__)
    return (Floats)_mm512_min_ps((__m512)bound, (__m512)x);
#elif defined(__AVX2__)
    return (Floats)_mm256_min_ps((__m256)bound, (__m256)x);
#else
    return (bound < x) ? bound : x;
#endif
}

GN_INLINE Floats sqrt_of(Floats x)
{
#if defined(__AVX512F__)
    return (Floats)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
    return (Floats)_mm256_sqrt_ps((__m256)x);
#else
    for (int i = 0; i < kLanes; ++i) {
        x[i] = __builtin_sqrtf(x[i]);
    }
    return x;
#endif
}

// Sums in a tree whose shape depends on kLanes only, so a result never depends on threads or on a compiler's mood.
GN_INLINE float sum_of(Floats v)
{
    float part[kLanes];
    std::memcpy(part, &v, sizeof v);
    for (int width = kLanes / 2; width > 0; width /= 2) {
        for (int i = 0; i < width; ++i) {
            part[i] += part[i + width];
        }
    }
    return part[0];
}

GN_INLINE float max_of(Floats v)
{
    float best = v[0];
    for (int i = 1; i < kLanes; ++i) {
        best = best > v[i] ? best : v[i];
    }
    return best;
}

}  // namespace granary::kernels
