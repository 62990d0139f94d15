// How attention multiplies: what a cell of a product's factors is, how tensors' rows become cells, and how probabilities do.
// A cell is 32 bits: a float32, or two bfloat16 that follow each other in the depth of the product, the first in the
// lower half.
//
//   kValues               values of the depth in a cell
//   add_product(a, b, sum)
//   along(rows, ...)      cells along a row: for scores, whose depth are the dims
//   across(rows, ...)     cells of kValues neighbouring rows: for sums over keys or queries
//   columns(...)          cells along rows, transposed to [cell][64 rows], times a factor
//   store_across(...)     kValues rows of probabilities [key][query] to cells of keys, in [cell][query]
//   store_along(...)      lanes of one row to cells of queries; may overwrite the row up to there
#pragma once

#include "attention_tiles.h"
#include "bfloat16.h"
#include "row_reduction.h"

namespace granary::kernels {

struct Float32Arithmetic
{
    static constexpr int kValues = 1;

    // Rows that have to be copied before they can be multiplied: in floats, for a block.
    static constexpr int64_t copy_floats(int64_t) { return 0; }

    static GN_INLINE Floats add_product(Floats a, Floats b, Floats sum) { return sum + a * b; }

    static Rows along(Rows rows, int, int, float*) { return rows; }

    static Rows across(Rows rows, int, int, float*) { return rows; }

    static void columns(Rows rows, int count, int dims, float factor, float* to)
    {
        transpose_rows(rows.data, rows.stride, count, dims, factor, to, kBlock);
    }

    static GN_INLINE void store_across(float* cells, int row, int column, const Floats (&values)[2])
    {
        store(cells + row * kBlock + column, values[0]);
        store(cells + (row + 1) * kBlock + column, values[1]);
    }

    static GN_INLINE void store_along(float* row, int column, Floats values) { store(row + column, values); }
};

// bfloat16 by float32's arithmetic: for CPUs without an instruction of their own.
struct RoundedArithmetic
{
    static constexpr int kValues = 1;

    static int64_t copy_floats(int64_t dims) { return kBlock * round_up(dims, kLanes); }

    static GN_INLINE Floats add_product(Floats a, Floats b, Floats sum) { return sum + a * b; }

    static Rows along(Rows rows, int count, int dims, float* copy)
    {
        const int64_t stride = round_up(dims, kLanes);
        for (int r = 0; r < count; ++r) {
            for (int d = 0; d < dims; d += kLanes) {
                store(copy + r * stride + d, round_to_bfloat16(load_up_to(rows.at(r) + d, std::min(kLanes, dims - d))));
            }
        }
        return {copy, stride};
    }

    static Rows across(Rows rows, int count, int dims, float* copy) { return along(rows, count, dims, copy); }

    static void columns(Rows rows, int count, int dims, float factor, float* to)
    {
        transpose_rows(rows.data, rows.stride, count, dims, factor, to, kBlock);
        for (int i = 0; i < dims * kBlock; i += kLanes) {
            store(to + i, round_to_bfloat16(load(to + i)));
        }
    }

    static GN_INLINE void store_across(float* cells, int row, int column, const Floats (&values)[2])
    {
        store(cells + row * kBlock + column, round_to_bfloat16(values[0]));
        store(cells + (row + 1) * kBlock + column, round_to_bfloat16(values[1]));
    }

    static GN_INLINE void store_along(float* row, int column, Floats values) { store(row + column, round_to_bfloat16(values)); }
};

#if defined(__AVX512BF16__)

// bfloat16 by AVX512-BF16's instruction.
struct PairArithmetic
{
    static constexpr int kValues = 2;

    static int64_t copy_floats(int64_t dims) { return (kBlock / 2) * round_up(dims, 2 * kLanes); }

    static GN_INLINE Floats add_product(Floats a, Floats b, Floats sum)
    {
        return (Floats)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
    }

    static Rows along(Rows rows, int count, int dims, float* copy)
    {
        const int64_t stride = round_up(divide_up(dims, 2), kLanes);
        for (int r = 0; r < count; ++r) {
            for (int d = 0; d < dims; d += 2 * kLanes) {
                store(copy + r * stride + d / 2, pairs_along(rows.at(r) + d, dims - d, _mm512_set1_ps(1.0f)));
            }
        }
        return {copy, stride};
    }

    static Rows across(Rows rows, int count, int dims, float* copy)
    {
        const int64_t stride = round_up(dims, kLanes);
        for (int r = 0; r < count; r += 2) {
            const bool has_second = r + 1 < count;
            for (int d = 0; d < dims; d += kLanes) {
                const int values = dims - d;
                const Floats first = lanes_of(rows.at(r) + d, values);
                store(copy + r / 2 * stride + d, pairs(first, has_second ? lanes_of(rows.at(r + 1) + d, values) : Floats{}));
            }
        }
        return {copy, stride};
    }

    static void columns(Rows rows, int count, int dims, float factor, float* to)
    {
        const __m512 factors = _mm512_set1_ps(factor);
        const int cells = (dims + 1) / 2;
        for (int r = 0; r < count; r += kLanes) {
            for (int c = 0; c < cells; c += kLanes) {
                Floats square[kLanes];
                const int values = dims - 2 * c;
                if (r + kLanes <= count && values >= 2 * kLanes) {
#pragma GCC unroll 16
                    for (int i = 0; i < kLanes; ++i) {
                        square[i] = pairs_along(rows.at(r + i) + 2 * c, 2 * kLanes, factors);
                    }
                } else {
                    for (int i = 0; i < kLanes; ++i) {
                        square[i] = r + i < count ? pairs_along(rows.at(r + i) + 2 * c, values, factors) : Floats{};
                    }
                }
                transpose(square);
#pragma GCC unroll 16
                for (int i = 0; i < kLanes; ++i) {
                    if (c + i < cells) {
                        store(to + (c + i) * kBlock + r, square[i]);
                    }
                }
            }
        }
    }

    static GN_INLINE void store_across(float* cells, int row, int column, const Floats (&values)[2])
    {
        store(cells + row / 2 * kBlock + column, pairs(values[0], values[1]));
    }

    static GN_INLINE void store_along(float* row, int column, Floats values)
    {
        _mm256_storeu_si256((__m256i*)(row + column / 2), (__m256i)_mm512_cvtneps_pbh((__m512)values));
    }

private:
    // The first of so many values, at most kLanes, the others zero.
    static GN_INLINE Floats lanes_of(const float* p, int values)
    {
        if (values >= kLanes) {
            return load(p);
        }
        return (Floats)_mm512_maskz_loadu_ps((__mmask16)(values <= 0 ? 0 : (1 << values) - 1), p);
    }

    // kLanes cells of so many values from p on, each times its factor; what is not there is zero.
    static GN_INLINE Floats pairs_along(const float* p, int values, __m512 factor)
    {
        const Floats low = lanes_of(p, values), high = lanes_of(p + kLanes, values - kLanes);
        return (Floats)_mm512_cvtne2ps_pbh(_mm512_mul_ps((__m512)high, factor), _mm512_mul_ps((__m512)low, factor));
    }

    static GN_INLINE Floats pairs(Floats first, Floats second)
    {
        return in_turns((__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first));
    }
};

#endif

}  // namespace granary::kernels
