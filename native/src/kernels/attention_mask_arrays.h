// What a mask law's arrays are: plain data, which code that is compiled for different CPUs can share.
#pragma once

#include <cstdint>

namespace granary::attention {

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

// Queries or keys, padded to whole blocks. The strides lead from a batch's row to the next: 0 where all share one.
struct MaskSide
{
    int64_t stride;
    int64_t tile_stride;
    int64_t block_stride;
    const int32_t* segment;
    const int32_t* rank;
    const uint8_t* anchor;  // or null
    const Extent* tiles;
    const Extent* blocks;
};

struct MaskArrays
{
    MaskSide queries;
    MaskSide keys;
    const BlockRange* visible;  // per block of queries
};

}  // namespace granary::attention
