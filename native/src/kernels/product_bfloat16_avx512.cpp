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
#include "bfloat16.h"
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
        const __m256i first = _mm256_maskz_loadu_epi16(there, p);
        const __m256i second = values > 1 ? _mm256_maskz_loadu_epi16(there, p + stride) : _mm256_setzero_si256();
        return in_turns(_mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1));
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
    static GN_INLINE uint32_t mask_of(int64_t values) { return values >= 32 ? ~0u : (1u << values) - 1; }
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
