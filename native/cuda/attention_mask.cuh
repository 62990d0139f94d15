// The mask law, decided for whole tiles from the smallest and largest segment and rank of their positions: hidden tiles
// are passed over, full ones need no comparison. Ranges are conservative: segments that only overlap as intervals make a
// tile partial, which costs time and is still exact.
#pragma once

#include <climits>

#include "device.cuh"

namespace granary::cuda {

// Decisions are made for this many tiles at a time, 32 to a word.
constexpr int kTileWords = 16;
constexpr int kTilesAtOnce = 32 * kTileWords;

struct MaskLaw
{
    gn_kernels_attention_mask mask;
    int32_t query_length;
    int32_t key_length;
};

enum KeyFlag : int32_t { kInvalidKey = 0, kValidKey = 1, kAnchorKey = 2 };

struct Position
{
    int32_t segment;
    int32_t rank;
    int32_t flag;  // a KeyFlag; of queries: whether there is one
};

__device__ __forceinline__ int32_t rank_of_order(const MaskLaw& law, int64_t index)
{
    return law.mask.kind == GN_ATTENTION_CAUSAL ? (int32_t)larger(INT_MIN, smaller(INT_MAX, index)) : 0;
}

// Causal order as ranks: key j has j, query i has i + offset. Full: all 0.
__device__ __forceinline__ Position query_at(const MaskLaw& law, int64_t batch, int index)
{
    if (index >= law.query_length) {
        return {0, INT_MIN, 0};
    }
    const int64_t at = batch * law.query_length + index;
    return {law.mask.segment_q != nullptr ? law.mask.segment_q[at] : 1,
            law.mask.rank_q != nullptr ? law.mask.rank_q[at] : rank_of_order(law, index + law.mask.causal_offset), 1};
}

__device__ __forceinline__ Position key_at(const MaskLaw& law, int64_t batch, int index)
{
    if (index >= law.key_length) {
        return {0, INT_MAX, kInvalidKey};
    }
    const int64_t at = batch * law.key_length + index;
    const int32_t segment = law.mask.segment_k != nullptr ? law.mask.segment_k[at] : 1;
    const bool is_anchor = law.mask.anchor_k != nullptr && law.mask.anchor_k[at] != 0;
    return {segment, law.mask.rank_k != nullptr ? law.mask.rank_k[at] : rank_of_order(law, index),
            segment == 0 ? kInvalidKey : is_anchor ? kAnchorKey : kValidKey};
}

template <bool kKeys>
__device__ __forceinline__ Position position_at(const MaskLaw& law, int64_t batch, int index)
{
    return kKeys ? key_at(law, batch, index) : query_at(law, batch, index);
}

__device__ __forceinline__ bool sees(const Position& query, const Position& key)
{
    return key.flag != kInvalidKey && key.rank <= query.rank && (key.flag == kAnchorKey || key.segment == query.segment);
}

// What a tile's positions hold; of keys, the valid ones count.
struct Extent
{
    int32_t segment_min;
    int32_t segment_max;
    int32_t rank_min;
    int32_t rank_max;
    bool any_valid;
    bool all_valid;
    bool any_anchor;
    bool all_anchor;
};

// By a whole warp, which gets the same answer in every lane.
template <bool kKeys, int kTile>
__device__ __forceinline__ Extent extent_of(const MaskLaw& law, int64_t batch, int first)
{
    const int lane = (int)threadIdx.x % kWarp;
    Extent e{INT_MAX, INT_MIN, INT_MAX, INT_MIN, false, true, false, true};
#pragma unroll
    for (int i = 0; i < kTile; i += kWarp) {
        if (lane + i < kTile) {
            const Position p = position_at<kKeys>(law, batch, first + lane + i);
            if (p.flag != 0) {
                e.segment_min = (int32_t)smaller(e.segment_min, p.segment);
                e.segment_max = (int32_t)larger(e.segment_max, p.segment);
                e.rank_min = (int32_t)smaller(e.rank_min, p.rank);
                e.rank_max = (int32_t)larger(e.rank_max, p.rank);
                e.any_valid = true;
                e.any_anchor |= p.flag == kAnchorKey;
                e.all_anchor &= p.flag == kAnchorKey;
            } else {
                e.all_valid = false;
            }
        }
    }
    return {__reduce_min_sync(kAllLanes, e.segment_min), __reduce_max_sync(kAllLanes, e.segment_max),
            __reduce_min_sync(kAllLanes, e.rank_min),    __reduce_max_sync(kAllLanes, e.rank_max),
            __ballot_sync(kAllLanes, e.any_valid) != 0,  __ballot_sync(kAllLanes, e.all_valid) == kAllLanes,
            __ballot_sync(kAllLanes, e.any_anchor) != 0, __ballot_sync(kAllLanes, e.all_anchor) == kAllLanes};
}

// The same where no vector is given, by each lane alone.
template <bool kKeys, int kTile>
__device__ __forceinline__ Extent extent_of_order(const MaskLaw& law, int first)
{
    const int length = kKeys ? law.key_length : law.query_length;
    const int64_t offset = kKeys ? 0 : law.mask.causal_offset;
    const int last = (int)smaller(first + kTile, length) - 1;
    return {1, 1, rank_of_order(law, first + offset), rank_of_order(law, last + offset), first < length, first + kTile <= length,
            false, false};
}

__device__ __forceinline__ bool is_hidden(const Extent& q, const Extent& k)
{
    const bool apart = k.segment_min > q.segment_max || k.segment_max < q.segment_min;
    return !q.any_valid || !k.any_valid || k.rank_min > q.rank_max || (apart && !k.any_anchor);
}

__device__ __forceinline__ bool is_full(const Extent& q, const Extent& k)
{
    const bool together = k.segment_min == q.segment_max && k.segment_max == q.segment_min;
    return k.all_valid && k.rank_max <= q.rank_min && (together || k.all_anchor);
}

// Bits for kTilesAtOnce tiles, in shared memory.
struct TileBits
{
    uint32_t visible[kTileWords];
    uint32_t full[kTileWords];
};

// Which of the tiles from `first_tile` on, of keys or of queries, one tile of the other side (`fixed`) takes part in; by the
// whole block of kWarps warps.
template <bool kKeys, int kTile, int kWarps>
__device__ __forceinline__ void find_tiles(const MaskLaw& law, int64_t batch, const Extent& fixed, int first_tile, TileBits& bits)
{
    const int lane = (int)threadIdx.x % kWarp;
    const bool has_vectors = law.mask.segment_k != nullptr || law.mask.rank_k != nullptr;
    const int length = kKeys ? law.key_length : law.query_length;
    for (int word = (int)threadIdx.x / kWarp; word < kTileWords; word += kWarps) {
        const int tile = first_tile + word * 32;
        bool visible = false;
        bool full = false;
        if ((int64_t)tile * kTile < length) {
            Extent mine = extent_of_order<kKeys, kTile>(law, (tile + lane) * kTile);
            for (int i = 0; has_vectors && i < 32 && (int64_t)(tile + i) * kTile < length; ++i) {
                const Extent other = extent_of<kKeys, kTile>(law, batch, (tile + i) * kTile);
                if (lane == i) {
                    mine = other;
                }
            }
            const Extent& query = kKeys ? fixed : mine;
            const Extent& key = kKeys ? mine : fixed;
            visible = (int64_t)(tile + lane) * kTile < length && !is_hidden(query, key);
            full = visible && is_full(query, key);
        }
        const uint32_t visible_word = __ballot_sync(kAllLanes, visible);
        const uint32_t full_word = __ballot_sync(kAllLanes, full);
        if (lane == 0) {
            bits.visible[word] = visible_word;
            bits.full[word] = full_word;
        }
    }
}

// The first visible tile behind `tile`, -1 if there is none.
__device__ __forceinline__ int next_visible(const TileBits& bits, int tile)
{
    int word = (tile + 1) / 32;
    if (word >= kTileWords) {
        return -1;
    }
    uint32_t rest = bits.visible[word] & (0xffffffffu << ((tile + 1) % 32));
    while (rest == 0) {
        if (++word >= kTileWords) {
            return -1;
        }
        rest = bits.visible[word];
    }
    return word * 32 + __ffs((int)rest) - 1;
}

}  // namespace granary::cuda
