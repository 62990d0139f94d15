// Rows into columns in registers. Copies go 16 x 16 at a time: 64 shuffles per 256 elements with AVX-512, where a scalar
// loop would cost a quarter of a whole small attention tile.
#pragma once

#include "simd.h"

namespace granary::kernels {

// Rows become columns, in registers.
GN_INLINE void transpose(Floats (&r)[kLanes])
{
#if defined(__AVX512F__)
    __m512 t[16], s[16];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {  // pairs of rows, then quads, within each 128-bit lane
        t[i] = _mm512_unpacklo_ps((__m512)r[i], (__m512)r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps((__m512)r[i], (__m512)r[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
        s[i] = (__m512)_mm512_unpacklo_pd((__m512d)t[i], (__m512d)t[i + 2]);
        s[i + 1] = (__m512)_mm512_unpackhi_pd((__m512d)t[i], (__m512d)t[i + 2]);
        s[i + 2] = (__m512)_mm512_unpacklo_pd((__m512d)t[i + 1], (__m512d)t[i + 3]);
        s[i + 3] = (__m512)_mm512_unpackhi_pd((__m512d)t[i + 1], (__m512d)t[i + 3]);
    }
    // s[4g + c] holds, in its 128-bit lane l, column 4l + c of rows 4g .. 4g + 3.
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
        const __m512 even_low = _mm512_shuffle_f32x4(s[c], s[4 + c], 0x88);
        const __m512 odd_low = _mm512_shuffle_f32x4(s[c], s[4 + c], 0xdd);
        const __m512 even_high = _mm512_shuffle_f32x4(s[8 + c], s[12 + c], 0x88);
        const __m512 odd_high = _mm512_shuffle_f32x4(s[8 + c], s[12 + c], 0xdd);
        r[c] = (Floats)_mm512_shuffle_f32x4(even_low, even_high, 0x88);
        r[8 + c] = (Floats)_mm512_shuffle_f32x4(even_low, even_high, 0xdd);
        r[4 + c] = (Floats)_mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
        r[12 + c] = (Floats)_mm512_shuffle_f32x4(odd_low, odd_high, 0xdd);
    }
#elif defined(__AVX2__)
    __m256 t[8], s[8];
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps((__m256)r[i], (__m256)r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps((__m256)r[i], (__m256)r[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        s[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        s[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        s[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        s[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
        r[c] = (Floats)_mm256_permute2f128_ps(s[c], s[4 + c], 0x20);
        r[4 + c] = (Floats)_mm256_permute2f128_ps(s[c], s[4 + c], 0x31);
    }
#else
    for (int i = 0; i < kLanes; ++i) {
        for (int j = 0; j < i; ++j) {
            const float x = r[i][j];
            r[i][j] = r[j][i];
            r[j][i] = x;
        }
    }
#endif
}

// to[c * ldt + r] = factor * from[r * ldf + c] for r < 16, c < 16; rows >= `rows` read as zero, columns >= `columns`
// are neither read nor written.
GN_INLINE void transpose_tile(const float* from, int64_t ldf, int rows, int columns, float factor, float* to, int64_t ldt)
{
#if defined(__AVX512F__)
    const __mmask16 mask = (__mmask16)((1u << columns) - 1);
    Floats r[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
        r[i] = i < rows ? (Floats)_mm512_mul_ps(_mm512_maskz_loadu_ps(mask, from + i * ldf), _mm512_set1_ps(factor)) : Floats{};
    }
    transpose(r);
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
        if (i < columns) {
            store(to + i * ldt, r[i]);
        }
    }
#else
    for (int c = 0; c < columns; ++c) {
        for (int r = 0; r < 16; ++r) {
            to[c * ldt + r] = r < rows ? factor * from[r * ldf + c] : 0.0f;
        }
    }
#endif
}

// to[d * ldt + r] = factor * from[r * ldf + d] for d < columns and r < rows rounded up to 16, the rest zero.
inline void transpose_rows(const float* from, int64_t ldf, int rows, int columns, float factor, float* to, int64_t ldt)
{
    for (int r = 0; r < rows; r += 16) {
        const int height = rows - r < 16 ? rows - r : 16;
        for (int c = 0; c < columns; c += 16) {
            const int width = columns - c < 16 ? columns - c : 16;
            const float* tile = from + r * ldf + c;
            if (height == 16 && width == 16) {
                transpose_tile(tile, ldf, 16, 16, factor, to + c * ldt + r, ldt);
            } else {
                transpose_tile(tile, ldf, height, width, factor, to + c * ldt + r, ldt);
            }
        }
    }
}

}  // namespace granary::kernels
