// How the factors of a product lie when they are multiplied: in panels of as many rows (left) or columns (right) as a
// tile has, and in a panel cell by cell, step by step along k. A cell is 32 bits: a float32, or two bfloat16 that follow
// each other in k. What is missing in a panel is zero.
//
// A format says what a cell is:
//   kValues           values of k in a cell
//   along(p, values)  kLanes cells from so many values in a row, at most kLanes * kValues; the others zero
//   across(p, stride, values, count)  `count` cells side by side, of the `values` <= kValues rows from p on
// for a pointer to each type that may be read, and how panels are multiplied (see Float32Format).
#pragma once

#include <algorithm>

#include "product.h"
#include "simd.h"
#include "transpose.h"

namespace granary::kernels {

// A tile's rows and vectors of columns: all sums stay in registers, with the right's vectors and a broadcast.
#if defined(__AVX512F__)
inline constexpr int kTileRows = 12;
#elif defined(__AVX2__)
inline constexpr int kTileRows = 6;
#else
inline constexpr int kTileRows = 4;
#endif
inline constexpr int kTileVectors = 2;
inline constexpr int kTileColumns = kTileVectors * kLanes;
static_assert(kTileRows <= kLanes, "a left panel is packed as the first rows of a square of vectors");

// Packs up to kLanes rows (`rows` of them are there) of `depth` values along k: step s goes to to[s * step ...], kWidth
// cells of it. Wider stores reach into the next step, which is written afterwards; the last keeps to its own.
template <typename Format, int kWidth, typename Value>
GN_INLINE void pack_along(const Value* from, int64_t stride, int rows, int64_t depth, float* to, int64_t step)
{
    constexpr int64_t kReach = kLanes * Format::kValues;
    for (int64_t k = 0; k < depth; k += kReach) {
        const int64_t values = std::min(kReach, depth - k);
        Floats square[kLanes];
#pragma GCC unroll 16
        for (int r = 0; r < kLanes; ++r) {
            square[r] = r < kWidth && r < rows ? Format::along(from + r * stride + k, values) : Floats{};
        }
        transpose(square);
        const bool is_whole = k + kReach < depth || kWidth == kLanes;
        const int64_t cells = (values + Format::kValues - 1) / Format::kValues;
        if (is_whole && cells == kLanes) {
#pragma GCC unroll 16
            for (int s = 0; s < kLanes; ++s) {
                store(to + s * step, square[s]);
            }
        } else {
            for (int64_t s = 0; s < cells; ++s) {
                store_partial(to + s * step, square[s], kWidth);
            }
        }
        to += kLanes * step;
    }
}

// The panels of the left for rows [row, row + rows) and k in [k, k + depth); `size` cells from panel to panel.
template <typename Format, typename Value>
void pack_left(const Factor& left, int64_t row, int64_t rows, int64_t k, int64_t depth, float* to, int64_t size)
{
    const Value* data = static_cast<const Value*>(left.data);
    if (left.is_along) {
        for (int64_t r = 0; r < rows; r += kTileRows) {
            const int count = (int)std::min<int64_t>(kTileRows, rows - r);
            const Value* from = data + (row + r) * left.stride + k;
            if (count == kTileRows) {
                pack_along<Format, kTileRows>(from, left.stride, kTileRows, depth, to, kTileRows);
            } else {
                pack_along<Format, kTileRows>(from, left.stride, count, depth, to, kTileRows);
            }
            to += size;
        }
        return;
    }
    float* step = to;
    for (int64_t done = 0; done < depth; done += Format::kValues, step += kTileRows) {
        const int64_t values = std::min<int64_t>(Format::kValues, depth - done);
        const Value* from = data + (k + done) * left.stride + row;
        const bool is_last = done + Format::kValues >= depth;
        float* cells = step;
        for (int64_t r = 0; r < rows; r += kTileRows, cells += size) {
            const int there = (int)std::min<int64_t>(kLanes, rows - r);
            const Floats line = Format::across(from + r, left.stride, values, there);
            if (is_last && kTileRows != kLanes) {
                store_partial(cells, line, kTileRows);
            } else {
                store(cells, line);
            }
        }
    }
}

// The same of the right for columns [column, column + columns).
template <typename Format, typename Value>
void pack_right(const Factor& right, int64_t column, int64_t columns, int64_t k, int64_t depth, float* to, int64_t size)
{
    const Value* data = static_cast<const Value*>(right.data);
    if (right.is_along) {
        for (int64_t c = 0; c < columns; c += kLanes) {
            const int count = (int)std::min<int64_t>(kLanes, columns - c);
            const Value* from = data + (column + c) * right.stride + k;
            float* cells = to + c / kTileColumns * size + c % kTileColumns;
            if (count == kLanes) {
                pack_along<Format, kLanes>(from, right.stride, kLanes, depth, cells, kTileColumns);
            } else {
                pack_along<Format, kLanes>(from, right.stride, count, depth, cells, kTileColumns);
            }
        }
    } else {
        float* step = to;
        for (int64_t done = 0; done < depth; done += Format::kValues, step += kTileColumns) {
            const int64_t values = std::min<int64_t>(Format::kValues, depth - done);
            const Value* from = data + (k + done) * right.stride + column;
            for (int64_t c = 0; c < columns; c += kLanes) {
                const int there = (int)std::min<int64_t>(kLanes, columns - c);
                store(step + c / kTileColumns * size + c % kTileColumns, Format::across(from + c, right.stride, values, there));
            }
        }
    }
    if (columns % kTileColumns > 0 && columns % kTileColumns <= kTileColumns - kLanes) {
        const int64_t first = (columns % kTileColumns + kLanes - 1) / kLanes * kLanes;
        float* step = to + columns / kTileColumns * size + first;
        for (int64_t done = 0; done < depth; done += Format::kValues, step += kTileColumns) {
            for (int64_t c = first; c < kTileColumns; c += kLanes) {
                store(step + c - first, Floats{});
            }
        }
    }
}

}  // namespace granary::kernels
