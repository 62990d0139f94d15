// Copies rows into columns, 16 x 16 at a time in registers: 64 shuffles per 256 elements with AVX-512, where a scalar
// loop would cost a quarter of a whole small attention tile.
#pragma once

#include "simd.h"

namespace granary::kernels {

// to[c * ldt + r] = factor * from[r * ldf + c] for r < 16, c < 16; rows >= `rows` read as zero, columns >= `columns`
// are neither read nor written.
GN_INLINE void transpose_tile(const float* from, int64_t ldf, int rows, int columns, float factor, float* to, int64_t ldt)
{
#if defined(__AVX512F__)
    const __mmask16 mask = (__mmask16)((1u << columns) - 1);
    __m512 r[16], t[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
        r[i] = i < rows ? _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, from + i * ldf), _mm512_set1_ps(factor))
                        : _mm512_setzero_ps();
    }
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {  // pairs of rows, then quads, within each 128-bit lane
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
        r[i] = (__m512)_mm512_unpacklo_pd((__m512d)t[i], (__m512d)t[i + 2]);
        r[i + 1] = (__m512)_mm512_unpackhi_pd((__m512d)t[i], (__m512d)t[i + 2]);
        r[i + 2] = (__m512)_mm512_unpacklo_pd((__m512d)t[i + 1], (__m512d)t[i + 3]);
        r[i + 3] = (__m512)_mm512_unpackhi_pd((__m512d)t[i + 1], (__m512d)t[i + 3]);
    }
    // r[4g + c] holds, in its lane l, column 4l + c of rows 4g .. 4g + 3.
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
        __m512 even_low = _mm512_shuffle_f32x4(r[c], r[4 + c], 0x88);       // lanes 0, 2 of both
        __m512 odd_low = _mm512_shuffle_f32x4(r[c], r[4 + c], 0xdd);        // lanes 1, 3
        __m512 even_high = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0x88);
        __m512 odd_high = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0xdd);
        t[c] = _mm512_shuffle_f32x4(even_low, even_high, 0x88);
        t[8 + c] = _mm512_shuffle_f32x4(even_low, even_high, 0xdd);
        t[4 + c] = _mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
        t[12 + c] = _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
        if (i < columns) {
            _mm512_storeu_ps(to + i * ldt, t[i]);
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
