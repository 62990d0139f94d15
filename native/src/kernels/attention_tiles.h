// What attention's forward and backward share: blocks of 64 queries x 64 keys, always stored [key][query], lanes over
// queries. That way round Q (and dO) are transposed once per 64 queries while K and V are read where they lie, and a
// row's maximum, sum, lse and delta are vectors, so that no step of the softmax crosses lanes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "attention_mask.h"
#include "granary/kernels_attention.h"
#include "granary/kernels_product.h"
#include "parallel.h"
#include "tile_product.h"
#include "transpose.h"
#include "vector_math.h"

namespace granary::kernels {

inline constexpr int64_t kMaxHeadDim = 1024;
inline constexpr int kBlockArea = kBlock * kBlock;

// One head's rows.
struct Rows
{
    float* data;
    int64_t stride;

    float* at(int64_t row) const { return data + row * stride; }
};

inline Rows rows_of(const gn_kernels_attention_tensor& t, int64_t batch, int64_t head)
{
    return {t.data + batch * t.batch_stride + head * t.head_stride, t.row_stride};
}

inline bool is_valid(const gn_kernels_attention_shape& s)
{
    return (s.products == GN_PRODUCT_FLOAT32 || s.products == GN_PRODUCT_BFLOAT16) && s.reserved == 0 && s.batch >= 0 && s.query_heads >= 0 && s.key_heads > 0 && s.query_heads % s.key_heads == 0
        && s.query_length >= 0 && s.key_length >= 0 && s.head_dim > 0 && s.head_dim <= kMaxHeadDim && s.threads >= 0
        && s.query_length < INT32_MAX && s.key_length < INT32_MAX;
}

inline bool is_valid(const gn_kernels_attention_tensor* t) { return t != nullptr && t->data != nullptr; }

// Asks for rows [first, last), as many as there are, before they are needed. Rows of a fused projection lie pages apart,
// where the processor's own prefetching ends.
inline void prefetch(Rows rows, int64_t first, int64_t last, int64_t length, int64_t head_dim)
{
    for (int64_t row = first; row < std::min(last, length); ++row) {
        const float* from = rows.at(row);
        for (int64_t d = 0; d < head_dim; d += 16) {
            __builtin_prefetch(from + d, 0, 2);
        }
    }
}

// Calls product(first, last, begin, end) for each run of neighbouring tiles [first, last) that have the same hull
// [begin, end) and the same flag, so that a block without a mask is one product instead of four.
template <typename Product>
inline void for_each_run(const int (&begin)[kTilesPerBlock], const int (&end)[kTilesPerBlock],
                         const bool (&flag)[kTilesPerBlock], const Product& product)
{
    for (int first = 0; first < kTilesPerBlock;) {
        int last = first + 1;
        while (last < kTilesPerBlock && begin[last] == begin[first] && end[last] == end[first]
               && flag[last] == flag[first]) {
            ++last;
        }
        if (begin[first] < end[first]) {
            product(first, last, begin[first], end[first]);
        }
        first = last;
    }
}

inline constexpr bool kNoFlags[kTilesPerBlock] = {};

// scores[key][query] = sum_d rows[key][d] * columns[d][query] over the tiles that are not hidden; `depth` in cells.
template <typename Arithmetic>
inline void multiply_visible(const BlockMask& block, Rows rows, int key_count, const float* columns, int depth,
                             float* scores)
{
    for_each_run(block.query_begin, block.query_end, kNoFlags, [&](int first, int last, int begin, int end) {
        TileProduct t{};
        t.a = rows.at(first * kTile);
        t.lda = rows.stride;
        t.b = columns + begin * kTile;
        t.ldb = kBlock;
        t.c = scores + first * kTile * kBlock + begin * kTile;
        t.ldc = kBlock;
        t.rows = std::min(last * kTile, key_count) - first * kTile;
        t.columns = (end - begin) * kTile;
        t.depth = depth;
        multiply<Arithmetic, Order::kRowMajor, Accumulate::kSet>(t);
    });
}

}  // namespace granary::kernels
