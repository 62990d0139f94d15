// Attention written from its definition, in double and with the whole Tq x Tk matrix.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "granary/kernels_attention.h"

namespace granary::kernels::tests {

struct MaskVectors
{
    int32_t kind = GN_ATTENTION_FULL;
    int64_t causal_offset = 0;
    std::vector<int32_t> segment_q;
    std::vector<int32_t> segment_k;
    std::vector<uint8_t> anchor_k;
    std::vector<int32_t> rank_q;
    std::vector<int32_t> rank_k;
};

// Contiguous [B, H, T, D].
struct AttentionArrays
{
    int64_t batch;
    int64_t query_heads;
    int64_t key_heads;
    int64_t query_length;
    int64_t key_length;
    int64_t head_dim;
    double scale;
    std::vector<double> q;
    std::vector<double> k;
    std::vector<double> v;
    MaskVectors mask;
    int32_t products = GN_PRODUCT_FLOAT32;

    bool sees(int64_t b, int64_t i, int64_t j) const
    {
        const int64_t at_q = b * query_length + i;
        const int64_t at_k = b * key_length + j;
        if (!mask.segment_k.empty()) {
            const int32_t segment = mask.segment_k[(size_t)at_k];
            const bool anchor = !mask.anchor_k.empty() && mask.anchor_k[(size_t)at_k] != 0;
            if (segment == 0 || (mask.segment_q[(size_t)at_q] != segment && !anchor)) {
                return false;
            }
        }
        if (mask.kind == GN_ATTENTION_CAUSAL) {
            return j <= i + mask.causal_offset;
        }
        return mask.kind != GN_ATTENTION_RANKED || mask.rank_k[(size_t)at_k] <= mask.rank_q[(size_t)at_q];
    }
};

struct AttentionResult
{
    std::vector<double> out;
    std::vector<double> lse;
};

struct AttentionGradients
{
    std::vector<double> dq;
    std::vector<double> dk;
    std::vector<double> dv;
};

// Calls body(batch, head, query, row of out/q, first element of the key head, probabilities [Tk], lse).
template <typename Body>
void for_each_query(const AttentionArrays& a, const Body& body)
{
    const int64_t d = a.head_dim;
    std::vector<double> p((size_t)a.key_length);
    for (int64_t b = 0; b < a.batch; ++b) {
        for (int64_t h = 0; h < a.query_heads; ++h) {
            const int64_t keys = (b * a.key_heads + h / (a.query_heads / a.key_heads)) * a.key_length * d;
            for (int64_t i = 0; i < a.query_length; ++i) {
                const int64_t row = (b * a.query_heads + h) * a.query_length + i;
                double top = -std::numeric_limits<double>::infinity();
                for (int64_t j = 0; j < a.key_length; ++j) {
                    p[(size_t)j] = -std::numeric_limits<double>::infinity();
                    if (a.sees(b, i, j)) {
                        double score = 0.0;
                        for (int64_t e = 0; e < d; ++e) {
                            score += a.q[(size_t)(row * d + e)] * a.k[(size_t)(keys + j * d + e)];
                        }
                        p[(size_t)j] = a.scale * score;
                        top = std::fmax(top, p[(size_t)j]);
                    }
                }
                double total = 0.0;
                for (double& value : p) {
                    value = value == -std::numeric_limits<double>::infinity() ? 0.0 : std::exp(value - top);
                    total += value;
                }
                for (double& value : p) {
                    value = total > 0.0 ? value / total : 0.0;
                }
                body(row, keys, p, total > 0.0 ? top + std::log(total) : -std::numeric_limits<double>::infinity());
            }
        }
    }
}

inline AttentionResult attention_forward(const AttentionArrays& a)
{
    const int64_t rows = a.batch * a.query_heads * a.query_length;
    AttentionResult result{std::vector<double>((size_t)(rows * a.head_dim)), std::vector<double>((size_t)rows)};
    for_each_query(a, [&](int64_t row, int64_t keys, const std::vector<double>& p, double lse) {
        result.lse[(size_t)row] = lse;
        for (int64_t j = 0; j < a.key_length; ++j) {
            for (int64_t e = 0; p[(size_t)j] != 0.0 && e < a.head_dim; ++e) {
                result.out[(size_t)(row * a.head_dim + e)] += p[(size_t)j] * a.v[(size_t)(keys + j * a.head_dim + e)];
            }
        }
    });
    return result;
}

inline AttentionGradients attention_backward(const AttentionArrays& a, const std::vector<double>& dout,
                                             const std::vector<double>& dlse)
{
    AttentionGradients g{std::vector<double>(a.q.size()), std::vector<double>(a.k.size()),
                         std::vector<double>(a.v.size())};
    const int64_t d = a.head_dim;
    std::vector<double> dp((size_t)a.key_length);
    for_each_query(a, [&](int64_t row, int64_t keys, const std::vector<double>& p, double) {
        double mean = 0.0;
        for (int64_t j = 0; j < a.key_length; ++j) {
            dp[(size_t)j] = 0.0;
            for (int64_t e = 0; e < d; ++e) {
                dp[(size_t)j] += dout[(size_t)(row * d + e)] * a.v[(size_t)(keys + j * d + e)];
                g.dv[(size_t)(keys + j * d + e)] += p[(size_t)j] * dout[(size_t)(row * d + e)];
            }
            mean += p[(size_t)j] * dp[(size_t)j];
        }
        for (int64_t j = 0; j < a.key_length; ++j) {
            const double ds = a.scale * p[(size_t)j] * (dp[(size_t)j] - mean + dlse[(size_t)row]);
            for (int64_t e = 0; e < d; ++e) {
                g.dq[(size_t)(row * d + e)] += ds * a.k[(size_t)(keys + j * d + e)];
                g.dk[(size_t)(keys + j * d + e)] += ds * a.q[(size_t)(row * d + e)];
            }
        }
    });
    return g;
}

}  // namespace granary::kernels::tests
