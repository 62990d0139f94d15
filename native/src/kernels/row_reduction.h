// Sums over the rows of a matrix that come out the same for any number of threads: rows are cut into at most 64 shares
// whose bounds depend on the number of rows alone, each share has its own partial sums, and these are added in order.
#pragma once

#include <algorithm>
#include <cstdint>

#include "parallel.h"
#include "simd.h"

namespace granary::kernels {

struct RowShares
{
    int64_t rows;
    int64_t count;

    explicit RowShares(int64_t rows) : rows(rows), count(std::clamp<int64_t>(divide_up(rows, 16), 1, 64)) {}

    int64_t begin(int64_t share) const { return rows * share / count; }
};

// sums[column] = sum over shares of partials[share * width + column].
inline void add_partials(const float* partials, int64_t stride, int64_t shares, int64_t width, float* sums,
                         int32_t threads)
{
    for_each_share(width, 256, threads, [&](int64_t first, int64_t last) {
        for (int64_t column = first; column < last; ++column) {
            sums[column] = partials[column];
        }
        for (int64_t share = 1; share < shares; ++share) {
            for (int64_t column = first; column < last; ++column) {
                sums[column] += partials[share * stride + column];
            }
        }
    });
}

// Runs body(offset, count) over [0, width) in vectors: count is kLanes but for a shorter last one.
template <typename Body>
GN_INLINE void for_each_vector(int64_t width, const Body& body)
{
    int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
        body(i, kLanes);
    }
    if (i < width) {
        body(i, (int)(width - i));
    }
}

GN_INLINE Floats load_up_to(const float* p, int count) { return count == kLanes ? load(p) : load_partial(p, count); }

GN_INLINE void store_up_to(float* p, Floats v, int count)
{
    if (count == kLanes) {
        store(p, v);
    } else {
        store_partial(p, v, count);
    }
}

}  // namespace granary::kernels
