// A mask law's arrays, made from what a caller gives.
#pragma once

#include <vector>

#include "attention_mask_arrays.h"
#include "granary/kernels_attention.h"

namespace granary::kernels {

class MaskTable
{
public:
    // Reads the caller's vectors once; they are not needed afterwards. Throws bad_alloc.
    MaskTable(const gn_kernels_attention_shape& shape, const gn_kernels_attention_mask& mask);

    static bool is_valid(const gn_kernels_attention_mask& mask);

    // Valid as long as the table is.
    attention::MaskArrays arrays() const { return {_queries.view(), _keys.view(), _visible.data()}; }

private:
    // Queries or keys; one shared row when no vector depends on the batch.
    struct Side
    {
        int64_t stride = 0;
        int64_t tile_stride = 0;
        int64_t block_stride = 0;
        std::vector<int32_t> segment;
        std::vector<int32_t> rank;
        std::vector<uint8_t> anchor;
        std::vector<attention::Extent> tiles;
        std::vector<attention::Extent> blocks;

        attention::MaskSide view() const
        {
            return {stride, tile_stride, block_stride, segment.data(), rank.data(), anchor.empty() ? nullptr : anchor.data(), tiles.data(), blocks.data()};
        }
    };

    static void fill(Side& side, int64_t rows, int64_t length, const int32_t* segment, const int32_t* rank,
                     const uint8_t* anchor, int64_t rank_step, int64_t rank_start, bool is_key);

    void find_visible_blocks(int64_t rows);

    Side _queries;
    Side _keys;
    std::vector<attention::BlockRange> _visible;
};

}  // namespace granary::kernels
