// The mask law, sorted into tiles of 16 queries x 16 keys that are hidden, full or partial.
//
// Smallest and largest segment and rank of every 16 positions (and every 64) decide a tile without looking at its
// pairs: hidden tiles are not computed, full ones need no comparison, partial ones compare lane by lane. Ranges are
// conservative: segments that only overlap as intervals make a tile partial, which costs time and is still exact.
#pragma once

#include <algorithm>
#include <cstdint>

#include "attention_mask_arrays.h"
#include "simd.h"

namespace granary::kernels {

using attention::BlockMask;
using attention::BlockRange;
using attention::kBlock;
using attention::kTile;
using attention::kTilesPerBlock;
using attention::MaskArrays;
using attention::TileKind;

inline TileKind relate(const attention::Extent& q, const attention::Extent& k)
{
    const bool apart = k.segment_min > q.segment_max || k.segment_max < q.segment_min;
    if (!q.any_valid || !k.any_valid || k.rank_min > q.rank_max || (apart && !k.any_anchor)) {
        return TileKind::kHidden;
    }
    const bool together = k.segment_min == q.segment_max && k.segment_max == q.segment_min;
    return k.all_valid && k.rank_max <= q.rank_min && (together || k.all_anchor) ? TileKind::kFull
                                                                                 : TileKind::kPartial;
}

// The key blocks a query block has to look at; empty if it sees none. Found once per call, not once per head.
inline BlockRange visible_keys(const MaskArrays& mask, int64_t batch, int64_t query_block)
{
    return mask.visible[batch * mask.queries.block_stride + query_block];
}

// False if every tile of the block is hidden; `block` is then undefined.
inline bool describe(const MaskArrays& mask, int64_t batch, int64_t query_block, int64_t key_block, BlockMask& block)
{
    const attention::Extent& whole_q = mask.queries.blocks[batch * mask.queries.block_stride + query_block];
    const attention::Extent& whole_k = mask.keys.blocks[batch * mask.keys.block_stride + key_block];
    const TileKind whole = relate(whole_q, whole_k);
    if (whole == TileKind::kHidden) {
        return false;
    }
    const attention::Extent* q = mask.queries.tiles + batch * mask.queries.tile_stride + query_block * kTilesPerBlock;
    const attention::Extent* k = mask.keys.tiles + batch * mask.keys.tile_stride + key_block * kTilesPerBlock;
    // Where all tiles are there, they are as the whole.
    if (whole == TileKind::kFull && q[kTilesPerBlock - 1].any_valid && k[kTilesPerBlock - 1].any_valid) {
        for (int i = 0; i < kTilesPerBlock; ++i) {
            std::fill(block.kind[i], block.kind[i] + kTilesPerBlock, TileKind::kFull);
            block.key_begin[i] = block.query_begin[i] = 0;
            block.key_end[i] = block.query_end[i] = kTilesPerBlock;
        }
        return true;
    }
    bool any = false;
    for (int i = 0; i < kTilesPerBlock; ++i) {
        block.key_begin[i] = block.query_begin[i] = kTilesPerBlock;
        block.key_end[i] = block.query_end[i] = 0;
    }
    for (int i = 0; i < kTilesPerBlock; ++i) {
        for (int j = 0; j < kTilesPerBlock; ++j) {
            const TileKind kind = relate(q[i], k[j]);
            block.kind[i][j] = kind;
            if (kind != TileKind::kHidden) {
                any = true;
                block.key_begin[i] = std::min(block.key_begin[i], j);
                block.key_end[i] = j + 1;
                block.query_begin[j] = std::min(block.query_begin[j], i);
                block.query_end[j] = i + 1;
            }
        }
    }
    return any;
}

// The lanes of queries [first_query, + kLanes) that see `key`.
GN_INLINE Ints sees(const MaskArrays& mask, int64_t batch, int64_t first_query, int64_t key)
{
    const attention::MaskSide& k = mask.keys;
    const int64_t key_at = k.stride * batch + key;
    if (k.segment[key_at] == 0) {
        return Ints{};
    }
    const int64_t query_at = mask.queries.stride * batch + first_query;
    Ints ordered = load(mask.queries.rank + query_at) >= splat(k.rank[key_at]);
    if (k.anchor != nullptr && k.anchor[key_at] != 0) {
        return ordered;
    }
    return ordered & (load(mask.queries.segment + query_at) == splat(k.segment[key_at]));
}

}  // namespace granary::kernels
