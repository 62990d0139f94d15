// Random attention problems under every kind of mask law.
#pragma once

#include "attention_calls.h"

namespace granary::kernels::tests {

inline std::vector<double> doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

inline AttentionArrays random_arrays(Random& random, int64_t batch, int64_t key_heads, int64_t group, int64_t query_length,
                              int64_t key_length, int64_t head_dim, float range)
{
    AttentionArrays a{batch, key_heads * group, key_heads, query_length, key_length, head_dim, 0.0, {}, {}, {}, {}, GN_PRODUCT_FLOAT32};
    a.scale = (float)(1.0 / std::sqrt((double)head_dim));
    a.q = doubles(random.floats(batch * a.query_heads * query_length * head_dim, -range, range));
    a.k = doubles(random.floats(batch * key_heads * key_length * head_dim, -range, range));
    a.v = doubles(random.floats(batch * key_heads * key_length * head_dim));
    return a;
}

inline std::vector<int32_t> packed_segments(Random& random, int64_t batch, int64_t length, bool with_invalid)
{
    std::vector<int32_t> segments((size_t)(batch * length));
    for (int64_t b = 0; b < batch; ++b) {
        int32_t segment = 1;
        for (int64_t t = 0; t < length; ++t) {
            if (random.between(0, 39) == 0) {
                ++segment;
            }
            const bool invalid = with_invalid && (t > length * 9 / 10 || random.between(0, 19) == 0);
            segments[(size_t)(b * length + t)] = invalid ? 0 : segment;
        }
    }
    return segments;
}

inline std::vector<int32_t> permutation(Random& random, int64_t batch, int64_t length)
{
    std::vector<int32_t> order((size_t)(batch * length));
    for (int64_t b = 0; b < batch; ++b) {
        int32_t* row = order.data() + b * length;
        for (int64_t t = 0; t < length; ++t) {
            row[t] = (int32_t)t;
        }
        for (int64_t t = length - 1; t > 0; --t) {
            std::swap(row[t], row[random.between(0, t)]);
        }
    }
    return order;
}

const char* const kLawNames[] = {"full",    "causal",   "causal with offset",        "packed causal", "packed full, anchors",
                                 "prefix",  "permuted", "permuted, query stream",    "visible only",
                                 "unsorted segments",   "nothing visible to many"};
constexpr int kLaws = 11;

inline MaskVectors make_law(Random& random, int law, const AttentionArrays& a)
{
    MaskVectors m;
    const int64_t batch = a.batch, tq = a.query_length, tk = a.key_length;
    const auto each = [&](int64_t length, const std::function<int32_t(int64_t)>& value) {
        std::vector<int32_t> v((size_t)(batch * length));
        for (int64_t i = 0; i < batch * length; ++i) {
            v[(size_t)i] = value(i % length);
        }
        return v;
    };
    // Queries and keys of one sequence share positions as far as both go.
    const auto queries_of = [&](const std::vector<int32_t>& keys) {
        std::vector<int32_t> v((size_t)(batch * tq));
        for (int64_t b = 0; b < batch; ++b) {
            for (int64_t t = 0; t < tq; ++t) {
                v[(size_t)(b * tq + t)] = keys[(size_t)(b * tk + std::min(t, tk - 1))];
            }
        }
        return v;
    };
    switch (law) {
        case 0: break;
        case 1: m.kind = GN_ATTENTION_CAUSAL; break;
        case 2:
            m.kind = GN_ATTENTION_CAUSAL;
            m.causal_offset = random.between(-tq - 2, tk + 2);
            break;
        case 3:
            m.kind = GN_ATTENTION_CAUSAL;
            m.segment_k = packed_segments(random, batch, tk, true);
            m.segment_q = queries_of(m.segment_k);
            break;
        case 4:
            m.segment_k = packed_segments(random, batch, tk, true);
            m.segment_q = queries_of(m.segment_k);
            m.anchor_k.resize((size_t)(batch * tk));
            for (uint8_t& anchor : m.anchor_k) {
                anchor = (uint8_t)(random.between(0, 15) == 0 ? 7 : 0);
            }
            break;
        case 5: {
            const int64_t prefix = random.between(0, tk);
            m.kind = GN_ATTENTION_RANKED;
            m.rank_k = each(tk, [&](int64_t j) { return j < prefix ? 0 : (int32_t)j; });
            m.rank_q = each(tq, [&](int64_t i) { return (int32_t)i; });
            break;
        }
        case 6:
        case 7:
            m.kind = GN_ATTENTION_RANKED;
            m.rank_k = permutation(random, batch, tk);
            m.rank_q = queries_of(m.rank_k);
            for (int32_t& rank : m.rank_q) {
                rank -= law == 7 ? 1 : 0;
            }
            break;
        case 8:
            m.kind = GN_ATTENTION_RANKED;
            m.rank_k = each(tk, [&](int64_t) { return random.between(0, 2) == 0 ? INT32_MAX : 0; });
            m.rank_q = each(tq, [](int64_t) { return 0; });
            break;
        case 9:
            m.segment_k = each(tk, [&](int64_t) { return (int32_t)random.between(-1, 3); });
            m.segment_q = each(tq, [&](int64_t) { return (int32_t)random.between(-1, 3); });
            break;
        default:
            m.kind = GN_ATTENTION_CAUSAL;
            m.segment_k = each(tk, [&](int64_t j) { return j < tk / 2 ? 5 : 0; });
            m.segment_q = each(tq, [&](int64_t i) { return i % 3 == 0 ? 5 : 6; });
            break;
    }
    return m;
}

}  // namespace granary::kernels::tests
