// Attention of a few tokens to a long cache. One task is one query head with all of the call's tokens:
//   (1) scores: each key's dot product with each token, keys in blocks that stay in the cache for all tokens;
//   (2) softmax of each token's scores, which lie in the order of its own text: the cached tokens, then its branch;
//   (3) the weighted sum of values in the same order, again in blocks.
// A token's numbers are computed by themselves and in the order of its text, so neither the other tokens nor the place
// of its ancestors in the cache change a bit.
#include "granary/kernels_decode.h"

#include <algorithm>
#include <vector>

#include "attention_tiles.h"
#include "row_reduction.h"

namespace granary::kernels {

namespace {

// Keys of a block: with 64 dims 16 KiB of keys, then of values.
constexpr int64_t kKeys = 64;

// Each token's branch: its ancestors in the call from the first on, then itself.
class Branches
{
public:
    Branches(const int32_t* parents, int64_t tokens) : _begin((size_t)tokens + 1)
    {
        for (int64_t token = 0; token < tokens; ++token) {
            const int64_t parent = parents != nullptr ? parents[token] : token - 1;
            if (parent >= 0) {
                for (int32_t i = _begin[(size_t)parent]; i < _begin[(size_t)parent + 1]; ++i) {
                    _tokens.push_back(_tokens[(size_t)i]);
                }
            }
            _tokens.push_back((int32_t)token);
            _begin[(size_t)token + 1] = (int32_t)_tokens.size();
        }
    }

    const int32_t* begin(int64_t token) const { return _tokens.data() + _begin[(size_t)token]; }
    int64_t length(int64_t token) const { return _begin[(size_t)token + 1] - _begin[(size_t)token]; }

private:
    std::vector<int32_t> _begin;
    std::vector<int32_t> _tokens;
};

struct Task
{
    const Branches& branches;
    int64_t tokens;
    int64_t cached;  // keys before the call's
    int64_t dim;
    float scale;     // with log2(e)
    Rows q;
    Rows k;
    Rows v;
    Rows out;
    float* scores;   // [tokens][stride]
    int64_t stride;

    float* scores_of(int64_t token) const { return scores + token * stride; }
};

template <int kCount>
GN_INLINE void dot(const float* q, const float* const (&keys)[kCount], int64_t dim, float scale, float* scores)
{
    Floats sum[kCount] = {};
    for_each_vector(dim, [&](int64_t i, int count) {
        const Floats value = load_up_to(q + i, count);
#pragma GCC unroll 4
        for (int j = 0; j < kCount; ++j) {
            sum[j] = multiply_add(value, load_up_to(keys[j] + i, count), sum[j]);
        }
    });
#pragma GCC unroll 4
    for (int j = 0; j < kCount; ++j) {
        scores[j] = sum_of(sum[j]) * scale;
    }
}

// (1)
void score(const Task& t)
{
    for (int64_t block = 0; block < t.cached; block += kKeys) {
        const int64_t last = std::min(block + kKeys, t.cached);
        for (int64_t token = 0; token < t.tokens; ++token) {
            int64_t key = block;
            for (; key + 4 <= last; key += 4) {
                const float* const keys[4] = {t.k.at(key), t.k.at(key + 1), t.k.at(key + 2), t.k.at(key + 3)};
                dot(t.q.at(token), keys, t.dim, t.scale, t.scores_of(token) + key);
            }
            for (; key < last; ++key) {
                const float* const keys[1] = {t.k.at(key)};
                dot(t.q.at(token), keys, t.dim, t.scale, t.scores_of(token) + key);
            }
        }
    }
    for (int64_t token = 0; token < t.tokens; ++token) {
        for (int64_t i = 0; i < t.branches.length(token); ++i) {
            const float* const keys[1] = {t.k.at(t.cached + t.branches.begin(token)[i])};
            dot(t.q.at(token), keys, t.dim, t.scale, t.scores_of(token) + t.cached + i);
        }
    }
}

// (2): leaves exp2(score - maximum) and returns what they add up to. A NaN that the maximum passes over stays in the sum.
float exponentiate(float* scores, int64_t count)
{
    Floats best = splat(-kInfinity);
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        best = max_keep(best, load(scores + i));
    }
    float top = max_of(best);
    for (; i < count; ++i) {
        top = std::max(top, scores[i]);
    }
    Floats total{};
    for_each_vector(count, [&](int64_t i, int width) {
        const Floats weight = exp2_of_nonpositive(load_up_to(scores + i, width) - top);
        store_up_to(scores + i, weight, width);
        total += load_up_to(scores + i, width);
    });
    return sum_of(total);
}

// (3) for kVectors vectors of dims from d on and the keys that at(0 .. keys - 1) gives.
template <int kVectors, typename KeyRow>
GN_INLINE void add_values(const float* weights, int64_t keys, const KeyRow& at, int64_t d, int count, float* out, bool is_first)
{
    Floats sum[kVectors] = {};
    if (!is_first) {
#pragma GCC unroll 8
        for (int u = 0; u < kVectors; ++u) {
            sum[u] = load_up_to(out + d + u * kLanes, count);
        }
    }
    for (int64_t key = 0; key < keys; ++key) {
        const float* v = at(key) + d;
        const Floats weight = splat(weights[key]);
#pragma GCC unroll 8
        for (int u = 0; u < kVectors; ++u) {
            sum[u] = multiply_add(weight, load_up_to(v + u * kLanes, count), sum[u]);
        }
    }
#pragma GCC unroll 8
    for (int u = 0; u < kVectors; ++u) {
        store_up_to(out + d + u * kLanes, sum[u], count);
    }
}

template <typename KeyRow>
void add_block(const float* weights, int64_t keys, const KeyRow& at, int64_t dim, float* out, bool is_first)
{
    int64_t d = 0;
    for (; d + 8 * kLanes <= dim; d += 8 * kLanes) {
        add_values<8>(weights, keys, at, d, kLanes, out, is_first);
    }
    for (; d + 4 * kLanes <= dim; d += 4 * kLanes) {
        add_values<4>(weights, keys, at, d, kLanes, out, is_first);
    }
    for (; d + kLanes <= dim; d += kLanes) {
        add_values<1>(weights, keys, at, d, kLanes, out, is_first);
    }
    if (d < dim) {
        add_values<1>(weights, keys, at, d, (int)(dim - d), out, is_first);
    }
}

void run(const Task& t, float* totals)
{
    score(t);
    for (int64_t token = 0; token < t.tokens; ++token) {
        totals[token] = exponentiate(t.scores_of(token), t.cached + t.branches.length(token));
    }
    for (int64_t block = 0; block < t.cached; block += kKeys) {
        const int64_t keys = std::min(kKeys, t.cached - block);
        for (int64_t token = 0; token < t.tokens; ++token) {
            add_block(t.scores_of(token) + block, keys, [&](int64_t key) { return t.v.at(block + key); }, t.dim,
                      t.out.at(token), block == 0);
        }
    }
    for (int64_t token = 0; token < t.tokens; ++token) {
        const int32_t* branch = t.branches.begin(token);
        float* out = t.out.at(token);
        add_block(t.scores_of(token) + t.cached, t.branches.length(token),
                  [&](int64_t key) { return t.v.at(t.cached + branch[key]); }, t.dim, out, t.cached == 0);
        const float inverse = 1.0f / totals[token];
        for (int64_t d = 0; d < t.dim; ++d) {
            out[d] *= inverse;
        }
    }
}

bool is_tree(const int32_t* parents, int64_t tokens)
{
    for (int64_t token = 0; parents != nullptr && token < tokens; ++token) {
        if (parents[token] < -1 || parents[token] >= token) {
            return false;
        }
    }
    return true;
}

int32_t attend(const gn_kernels_attention_shape& shape, const int32_t* parents, const gn_kernels_attention_tensor& q,
               const gn_kernels_attention_tensor& k, const gn_kernels_attention_tensor& v,
               const gn_kernels_attention_tensor& out)
{
    const Branches branches(parents, shape.query_length);
    const int64_t tasks = shape.batch * shape.query_heads;
    const int64_t stride = round_up(shape.key_length, 16);
    const int64_t group = shape.query_heads / shape.key_heads;

    // Below some ten thousand products a second thread costs more than it takes over.
    const bool is_small = tasks * shape.query_length * shape.key_length * shape.head_dim < 32768;
    const int32_t threads = is_small ? 1 : shape.threads;
    const ScratchSet scratch(thread_count(threads, tasks), shape.query_length * (stride + 1));
    for_each_task(tasks, threads, [&](int64_t index, int slot) {
        const int64_t batch = index / shape.query_heads;
        const int64_t head = index % shape.query_heads;
        float* scores = scratch.piece(slot);
        const Task task{
            branches, shape.query_length, shape.key_length - shape.query_length, shape.head_dim,
            shape.scale * kLog2E, rows_of(q, batch, head), rows_of(k, batch, head / group),
            rows_of(v, batch, head / group), rows_of(out, batch, head), scores, stride};
        run(task, scores + shape.query_length * stride);
    });
    return GN_OK;
}

}  // namespace

}  // namespace granary::kernels

extern "C" int32_t gn_kernels_decode_attention(
    const gn_kernels_attention_shape* shape, const int32_t* parents, const gn_kernels_attention_tensor* q,
    const gn_kernels_attention_tensor* k, const gn_kernels_attention_tensor* v, const gn_kernels_attention_tensor* out)
{
    using namespace granary::kernels;
    if (shape == nullptr || !is_valid(*shape) || shape->query_length > shape->key_length
        || !is_tree(parents, shape->query_length)) {
        return refuse(__func__);
    }
    if (shape->batch * shape->query_heads * shape->query_length == 0) {
        return GN_OK;
    }
    if (!is_valid(q) || !is_valid(k) || !is_valid(v) || !is_valid(out)) {
        return refuse(__func__);
    }
    return guarded(__func__, [&] { return attend(*shape, parents, *q, *k, *v, *out); });
}
