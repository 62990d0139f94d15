// The register-blocked product under attention: C[m][n] (= | += | scale row, then +=) A[m][k] * B[k][n]. What A and B hold
// are cells of an arithmetic (see attention_arithmetic.h); C's are float32.
//
// Lanes run over n, A is read one scalar at a time and broadcast, so A may lie either way round (row-major or
// transposed) and needs no packing; B's and C's rows are contiguous. A block of kRows x kVectors accumulators stays in
// registers over the whole k loop: with 32 registers of AVX-512, 6 x 4 accumulators need 4 loads + 6 broadcasts per 24
// FMAs, under the two loads a cycle that two FMAs a cycle leave room for. AVX2's 16 registers take 6 x 2.
//
// Every element of C is one chain of FMAs in ascending k, whatever the blocking: splitting m or n between threads or
// calls does not change a bit of the result.
#pragma once

#include "simd.h"

namespace granary::kernels {

enum class Accumulate { kSet, kAdd, kScaleThenAdd };

// Where A's element (row, k) lies: row-major at a[row * lda + k], transposed at a[k * lda + row].
enum class Order { kRowMajor, kTransposed };

struct TileProduct
{
    const float* a;
    int64_t lda;
    const float* b;
    int64_t ldb;
    float* c;
    int64_t ldc;
    int rows;
    int columns;
    int depth;  // in cells
    const float* row_scale = nullptr;  // [rows], for kScaleThenAdd
};

#if defined(__AVX512F__)
inline constexpr int kMaxVectors = 4;
inline constexpr int kRowsFor[5] = {0, 16, 12, 8, 6};
#elif defined(__AVX2__)
inline constexpr int kMaxVectors = 3;
inline constexpr int kRowsFor[5] = {0, 8, 6, 4, 0};
#else
inline constexpr int kMaxVectors = 3;
inline constexpr int kRowsFor[5] = {0, 8, 4, 4, 0};
#endif

template <typename Arithmetic, Order kOrder, Accumulate kMode, int kRows, int kVectors, bool kPartial>
GN_INLINE void multiply_registers(const TileProduct& t, int row, int column)
{
    const int tail = kPartial ? t.columns - column - (kVectors - 1) * kLanes : 0;
    float* c = t.c + row * t.ldc + column;
    Floats sum[kRows][kVectors];
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
            if constexpr (kMode == Accumulate::kSet) {
                sum[r][v] = Floats{};
            } else {
                const float* from = c + r * t.ldc + v * kLanes;
                sum[r][v] = kPartial && v == kVectors - 1 ? load_partial(from, tail) : load(from);
                if constexpr (kMode == Accumulate::kScaleThenAdd) {
                    sum[r][v] *= t.row_scale[row + r];
                }
            }
        }
    }

    const float* a = kOrder == Order::kRowMajor ? t.a + row * t.lda : t.a + row;
    const float* b = t.b + column;
    const int64_t lda = t.lda;
    const int64_t ldb = t.ldb;
    for (int k = 0; k < t.depth; ++k) {
        Floats line[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
            line[v] = kPartial && v == kVectors - 1 ? load_partial(b + v * kLanes, tail) : load(b + v * kLanes);
        }
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
            const Floats factor = splat(kOrder == Order::kRowMajor ? a[r * lda] : a[r]);
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; ++v) {
                sum[r][v] = Arithmetic::add_product(factor, line[v], sum[r][v]);
            }
        }
        a += kOrder == Order::kRowMajor ? 1 : lda;
        b += ldb;
    }

#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
            float* to = c + r * t.ldc + v * kLanes;
            if (kPartial && v == kVectors - 1) {
                store_partial(to, sum[r][v], tail);
            } else {
                store(to, sum[r][v]);
            }
        }
    }
}

template <typename Arithmetic, Order kOrder, Accumulate kMode, int kVectors, bool kPartial>
inline __attribute__((noinline)) void multiply_columns(const TileProduct& t, int column)
{
    int row = 0;
    for (; row + kRowsFor[kVectors] <= t.rows; row += kRowsFor[kVectors]) {
        multiply_registers<Arithmetic, kOrder, kMode, kRowsFor[kVectors], kVectors, kPartial>(t, row, column);
    }
    for (; row + 4 <= t.rows; row += 4) {
        multiply_registers<Arithmetic, kOrder, kMode, 4, kVectors, kPartial>(t, row, column);
    }
    for (; row + 2 <= t.rows; row += 2) {
        multiply_registers<Arithmetic, kOrder, kMode, 2, kVectors, kPartial>(t, row, column);
    }
    for (; row < t.rows; ++row) {
        multiply_registers<Arithmetic, kOrder, kMode, 1, kVectors, kPartial>(t, row, column);
    }
}

template <typename Arithmetic, Order kOrder, Accumulate kMode, bool kPartial>
GN_INLINE void multiply_group(const TileProduct& t, int column, int vectors)
{
    if constexpr (kMaxVectors >= 4) {
        if (vectors == 4) {
            return multiply_columns<Arithmetic, kOrder, kMode, kMaxVectors, kPartial>(t, column);
        }
    }
    switch (vectors) {
        case 3: return multiply_columns<Arithmetic, kOrder, kMode, 3, kPartial>(t, column);
        case 2: return multiply_columns<Arithmetic, kOrder, kMode, 2, kPartial>(t, column);
        default: return multiply_columns<Arithmetic, kOrder, kMode, 1, kPartial>(t, column);
    }
}

template <typename Arithmetic, Order kOrder, Accumulate kMode>
inline void multiply(const TileProduct& t)
{
    const int vectors = (t.columns + kLanes - 1) / kLanes;
    const int groups = (vectors + kMaxVectors - 1) / kMaxVectors;
    int done = 0;
    for (int g = 0; g < groups; ++g) {  // groups of nearly equal width: 5 vectors are 3 + 2, not 4 + 1
        const int width = (vectors - done + groups - g - 1) / (groups - g);
        if ((done + width) * kLanes <= t.columns) {
            multiply_group<Arithmetic, kOrder, kMode, false>(t, done * kLanes, width);
        } else {
            multiply_group<Arithmetic, kOrder, kMode, true>(t, done * kLanes, width);
        }
        done += width;
    }
}

}  // namespace granary::kernels
