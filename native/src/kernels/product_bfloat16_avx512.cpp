// Products of bfloat16 by AVX512-BF16's instruction.
//
// This file is compiled for other CPUs than the rest may be, so its copy of the engine has a namespace of its own: of two
// functions of one name the linker would keep one, for all CPUs. Nothing here runs before the CPU was asked.
#include "product_bfloat16.h"

#if defined(__AVX512BF16__)

namespace granary::kernels_avx512 {
using kernels::Factor;
using kernels::Product;
}  // namespace granary::kernels_avx512

#define kernels kernels_avx512
#include "product_bfloat16_factors.h"
#include "product_engine.h"
#undef kernels

namespace granary::kernels_avx512 {

namespace {

// A cell is two values that follow each other in k, the first in the lower half.
struct PairFormat : EitherFactor<PairFormat>
{
    static constexpr int64_t kValues = 2;

    static GN_INLINE Floats along(const float* p, int64_t values)
    {
        const uint32_t there = mask_of(values);
        const __m512 low = _mm512_maskz_loadu_ps((__mmask16)there, p);
        const __m512 high = _mm512_maskz_loadu_ps((__mmask16)(there >> 16), p + 16);
        return (Floats)_mm512_cvtne2ps_pbh(high, low);
    }

    static GN_INLINE Floats along(const uint16_t* p, int64_t values) { return (Floats)_mm512_maskz_loadu_epi16(mask_of(values), p); }

    static GN_INLINE Floats across(const float* p, int64_t stride, int64_t values, int count)
    {
        const __mmask16 there = (__mmask16)mask_of(count);
        const __m512 first = _mm512_maskz_loadu_ps(there, p);
        const __m512 second = values > 1 ? _mm512_maskz_loadu_ps(there, p + stride) : _mm512_setzero_ps();
        return in_turns((__m512i)_mm512_cvtne2ps_pbh(second, first));
    }

    static GN_INLINE Floats across(const uint16_t* p, int64_t stride, int64_t values, int count)
    {
        const __mmask16 there = (__mmask16)mask_of(count);
        return pairs(_mm256_maskz_loadu_epi16(there, p),
                     values > 1 ? _mm256_maskz_loadu_epi16(there, p + stride) : _mm256_setzero_si256());
    }

    template <int kRows>
    static GN_INLINE void multiply(const float* left, const float* right, int64_t cells, Floats (&sum)[kRows][kTileVectors])
    {
        for (int64_t k = 0; k < cells; ++k) {
            __m512bh line[kTileVectors];
#pragma GCC unroll 2
            for (int v = 0; v < kTileVectors; ++v) {
                line[v] = (__m512bh)_mm512_loadu_ps(right + k * kTileColumns + v * kLanes);
            }
#pragma GCC unroll 16
            for (int r = 0; r < kRows; ++r) {
                const __m512bh factor = (__m512bh)_mm512_set1_ps(left[k * kTileRows + r]);
#pragma GCC unroll 2
                for (int v = 0; v < kTileVectors; ++v) {
                    sum[r][v] = (Floats)_mm512_dpbf16_ps((__m512)sum[r][v], line[v], factor);
                }
            }
        }
    }

private:
    // The lower half's values and the upper half's in turns.
    static GN_INLINE Floats in_turns(__m512i halves)
    {
        alignas(64) static constexpr uint16_t kOrder[32] = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
                                                            8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
        return (Floats)_mm512_permutexvar_epi16(_mm512_load_si512(kOrder), halves);
    }

    static GN_INLINE uint32_t mask_of(int64_t values) { return values >= 32 ? ~0u : (1u << values) - 1; }

    static GN_INLINE Floats pairs(__m256i first, __m256i second)
    {
        return (Floats)_mm512_or_si512(_mm512_cvtepu16_epi32(first), _mm512_slli_epi32(_mm512_cvtepu16_epi32(second), 16));
    }
};

}  // namespace

void multiply(const Product& product) { ProductRun<PairFormat>(product).run(); }

}  // namespace granary::kernels_avx512

namespace granary::kernels {

// The compiler's library asks the operating system too whether it keeps the registers.
bool has_bfloat16_instruction()
{
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0
        && __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0
        && __builtin_cpu_supports("avx512bf16") != 0;
}

void multiply_bfloat16_by_instruction(const Product& product) { kernels_avx512::multiply(product); }

}  // namespace granary::kernels

#else

namespace granary::kernels {

bool has_bfloat16_instruction() { return false; }

void multiply_bfloat16_by_instruction(const Product& product) { multiply_bfloat16_by_float32(product); }

}  // namespace granary::kernels

#endif
