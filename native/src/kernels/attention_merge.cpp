// Joins two softmaxes over disjoint keys; the step between two blocks of a sequence-parallel ring.
#include <cmath>
#include <cstdint>

#include "attention_tiles.h"

extern "C" int32_t gn_kernels_attention_merge(
    const gn_kernels_attention_shape* shape, const gn_kernels_attention_tensor* out, float* lse,
    const gn_kernels_attention_tensor* block_out, const float* block_lse)
{
    using namespace granary::kernels;
    if (shape == nullptr || !is_valid(*shape)) {
        return refuse(__func__);
    }
    const int64_t rows = shape->batch * shape->query_heads * shape->query_length;
    if (rows == 0) {
        return GN_OK;
    }
    if (!is_valid(out) || !is_valid(block_out) || lse == nullptr || block_lse == nullptr) {
        return refuse(__func__);
    }
    for_each_share(rows, 256, shape->threads, [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
            if (block_lse[row] == -kInfinity) {
                continue;
            }
            const int64_t head = row / shape->query_length;
            const int64_t query = row % shape->query_length;
            float* to = rows_of(*out, head / shape->query_heads, head % shape->query_heads).at(query);
            const float* from = rows_of(*block_out, head / shape->query_heads, head % shape->query_heads).at(query);
            if (lse[row] == -kInfinity) {
                std::copy(from, from + shape->head_dim, to);
                lse[row] = block_lse[row];
                continue;
            }
            // The block's share of the whole softmax, from the difference only: no exponential can overflow.
            const float difference = block_lse[row] - lse[row];
            const float share = difference <= 0 ? std::exp(difference) / (1.0f + std::exp(difference))
                                                : 1.0f / (1.0f + std::exp(-difference));
            lse[row] = std::fmax(lse[row], block_lse[row]) + std::log1p(std::exp(-std::fabs(difference)));
            for (int64_t d = 0; d < shape->head_dim; ++d) {
                to[d] += share * (from[d] - to[d]);
            }
        }
    });
    return GN_OK;
}
