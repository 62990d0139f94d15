// The mask law, sorted into tiles of 16 queries x 16 keys that are hidden, full or partial.
//
// Smallest and largest segment and rank of every 16 positions (and every 64) decide a tile without looking at its
// pairs: hidden tiles are not computed, full ones need no comparison, partial ones compare lane by lane. Ranges are
// conservative: segments that only overlap as intervals make a tile partial, which costs time and is still exact.
#pragma once

#include <cstdint>
#include <vector>

#include "granary/kernels_attention.h"
#include "simd.h"

namespace granary::kernels {

inline constexpr int kTile = 16;
inline constexpr int kBlock = 64;
inline constexpr int kTilesPerBlock = kBlock / kTile;

enum class TileKind : uint8_t { kHidden, kPartial, kFull };

// What a run of positions holds; of keys, the valid ones count.
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

// One 64 x 64 block, [query tile][key tile], and the hulls of what is not hidden.
struct BlockMask
{
    TileKind kind[kTilesPerBlock][kTilesPerBlock];
    int key_begin[kTilesPerBlock];    // per query tile: first and last + 1 key tile that is seen; begin == end: none
    int key_end[kTilesPerBlock];
    int query_begin[kTilesPerBlock];  // per key tile, the same over query tiles
    int query_end[kTilesPerBlock];
};

// Blocks [begin, end); those between may be hidden too.
struct BlockRange
{
    int64_t begin;
    int64_t end;
};

class MaskTable
{
public:
    // Reads the caller's vectors once; they are not needed afterwards. Throws bad_alloc.
    MaskTable(const gn_kernels_attention_shape& shape, const gn_kernels_attention_mask& mask);

    static bool is_valid(const gn_kernels_attention_mask& mask);

    // The key blocks a query block has to look at; empty if it sees none. Found once per call, not once per head.
    BlockRange visible_keys(int64_t batch, int64_t query_block) const
    {
        return _visible[(size_t)(batch * _queries.block_stride + query_block)];
    }

    // False if every tile of the block is hidden; `block` is then undefined.
    bool describe(int64_t batch, int64_t query_block, int64_t key_block, BlockMask& block) const;

    // The lanes of queries [first_query, + kLanes) that see `key`.
    GN_INLINE Ints sees(int64_t batch, int64_t first_query, int64_t key) const
    {
        const Side& k = _keys;
        const int64_t key_at = k.stride * batch + key;
        if (k.segment[key_at] == 0) {
            return Ints{};
        }
        const int64_t query_at = _queries.stride * batch + first_query;
        Ints ordered = load(&_queries.rank[query_at]) >= splat(k.rank[key_at]);
        if (!k.anchor.empty() && k.anchor[key_at] != 0) {
            return ordered;
        }
        return ordered & (load(&_queries.segment[query_at]) == splat(k.segment[key_at]));
    }

private:
    // Queries or keys; one shared row when no vector depends on the batch. Padded to whole blocks.
    struct Side
    {
        int64_t stride = 0;
        int64_t tile_stride = 0;
        int64_t block_stride = 0;
        std::vector<int32_t> segment;
        std::vector<int32_t> rank;
        std::vector<uint8_t> anchor;
        std::vector<Extent> tiles;
        std::vector<Extent> blocks;
    };

    static TileKind relate(const Extent& q, const Extent& k);
    static void fill(Side& side, int64_t rows, int64_t length, const int32_t* segment, const int32_t* rank,
                     const uint8_t* anchor, int64_t rank_step, int64_t rank_start, bool is_key);

    void find_visible_blocks(int64_t rows);

    Side _queries;
    Side _keys;
    std::vector<BlockRange> _visible;
};

}  // namespace granary::kernels
