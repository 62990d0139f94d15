#include "attention_mask_table.h"

#include <algorithm>
#include <limits>

#include "attention_mask.h"
#include "parallel.h"

namespace granary::kernels {

namespace {

constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();
constexpr int32_t kHighest = std::numeric_limits<int32_t>::max();

attention::Extent extent_of(const int32_t* segment, const int32_t* rank, const uint8_t* anchor, int64_t count, bool is_key)
{
    attention::Extent e{kHighest, kLowest, kHighest, kLowest, false, true, false, true};
    for (int64_t i = 0; i < count; ++i) {
        if (is_key && segment[i] == 0) {
            e.all_valid = false;
            continue;
        }
        e.any_valid = true;
        e.segment_min = std::min(e.segment_min, segment[i]);
        e.segment_max = std::max(e.segment_max, segment[i]);
        e.rank_min = std::min(e.rank_min, rank[i]);
        e.rank_max = std::max(e.rank_max, rank[i]);
        const bool is_anchor = anchor != nullptr && anchor[i] != 0;
        e.any_anchor |= is_anchor;
        e.all_anchor &= is_anchor;
    }
    return e;
}

}  // namespace

bool MaskTable::is_valid(const gn_kernels_attention_mask& mask)
{
    const bool ranked = mask.kind == GN_ATTENTION_RANKED;
    return mask.kind >= GN_ATTENTION_FULL && mask.kind <= GN_ATTENTION_RANKED
        && (mask.segment_q == nullptr) == (mask.segment_k == nullptr)
        && (mask.anchor_k == nullptr || mask.segment_k != nullptr)
        && (mask.rank_q != nullptr) == ranked && (mask.rank_k != nullptr) == ranked;
}

MaskTable::MaskTable(const gn_kernels_attention_shape& shape, const gn_kernels_attention_mask& mask)
{
    const bool shared = mask.segment_q == nullptr && mask.kind != GN_ATTENTION_RANKED;
    const int64_t rows = shared ? 1 : shape.batch;
    const bool causal = mask.kind == GN_ATTENTION_CAUSAL;
    // Causal order as ranks: key j has j, query i has i + offset. Full: all 0.
    fill(_queries, rows, shape.query_length, mask.segment_q, mask.rank_q, nullptr, causal ? 1 : 0,
         causal ? mask.causal_offset : 0, false);
    fill(_keys, rows, shape.key_length, mask.segment_k, mask.rank_k, mask.anchor_k, causal ? 1 : 0, 0, true);
    find_visible_blocks(rows);
    if (shared) {
        _queries.stride = _queries.tile_stride = _queries.block_stride = 0;
        _keys.stride = _keys.tile_stride = _keys.block_stride = 0;
    }
}

void MaskTable::fill(Side& side, int64_t rows, int64_t length, const int32_t* segment, const int32_t* rank,
                     const uint8_t* anchor, int64_t rank_step, int64_t rank_start, bool is_key)
{
    side.stride = round_up(length, kBlock);
    side.tile_stride = side.stride / kTile;
    side.block_stride = side.stride / kBlock;
    side.segment.assign((size_t)(rows * side.stride), 0);
    side.rank.assign((size_t)(rows * side.stride), 0);
    side.tiles.resize((size_t)(rows * side.tile_stride));
    side.blocks.resize((size_t)(rows * side.block_stride));
    if (anchor != nullptr) {
        side.anchor.assign((size_t)(rows * side.stride), 0);
    }
    for (int64_t row = 0; row < rows; ++row) {
        const int64_t at = row * side.stride;
        for (int64_t i = 0; i < length; ++i) {
            const int64_t generated = std::clamp<int64_t>(rank_start + rank_step * i, kLowest, kHighest);
            side.segment[(size_t)(at + i)] = segment != nullptr ? segment[row * length + i] : 1;
            side.rank[(size_t)(at + i)] = rank != nullptr ? rank[row * length + i] : (int32_t)generated;
            if (anchor != nullptr) {
                side.anchor[(size_t)(at + i)] = anchor[row * length + i];
            }
        }
        const auto extent = [&](int64_t first, int64_t count) {
            const uint8_t* anchors = anchor != nullptr ? &side.anchor[(size_t)(at + first)] : nullptr;
            const int64_t present = std::clamp<int64_t>(length - first, 0, count);
            return extent_of(&side.segment[(size_t)(at + first)], &side.rank[(size_t)(at + first)], anchors, present,
                             is_key);
        };
        for (int64_t tile = 0; tile < side.tile_stride; ++tile) {
            side.tiles[(size_t)(row * side.tile_stride + tile)] = extent(tile * kTile, kTile);
        }
        for (int64_t block = 0; block < side.block_stride; ++block) {
            side.blocks[(size_t)(row * side.block_stride + block)] = extent(block * kBlock, kBlock);
        }
    }
}

void MaskTable::find_visible_blocks(int64_t rows)
{
    _visible.reserve((size_t)(rows * _queries.block_stride));
    for (int64_t i = 0; i < rows * _queries.block_stride; ++i) {
        const attention::Extent* keys = _keys.blocks.data() + i / _queries.block_stride * _keys.block_stride;
        const auto is_hidden = [&](int64_t j) { return relate(_queries.blocks[(size_t)i], keys[j]) == TileKind::kHidden; };
        BlockRange range{0, _keys.block_stride};
        while (range.begin < range.end && is_hidden(range.begin)) {
            ++range.begin;
        }
        while (range.begin < range.end && is_hidden(range.end - 1)) {
            --range.end;
        }
        _visible.push_back(range);
    }
}

}  // namespace granary::kernels
