// Attention forward: FLASH-style online softmax over 64 x 64 blocks.
//
// One task is 64 queries of one head:
//   (1) transpose and scale Q once: 64 x D, about 2 % of a task's time at T = 64, D = 64;
//   (2) per visible block of 64 keys: S = K Q^T, 64 * 64 * D FMAs;
//   (3) mask, running maximum, exp2, running sum: about 20 operations per 16 scores, a tenth of (2) at D = 64;
//   (4) O = diag(alpha) O + P^T V, as many FMAs as (2);
//   (5) divide by the sum, write out and lse.
// Scores are kept in base 2 (log2(e) is folded into Q's scale), so (3) needs no multiplication per score.
#include <algorithm>
#include <cstdint>

#include "attention_tiles.h"

namespace granary::kernels {

namespace {

struct ForwardTask
{
    const MaskTable& mask;
    int64_t batch;
    int64_t query_block;
    int query_count;
    int64_t key_length;
    int head_dim;
    float score_scale;  // scale * log2(e)
    Rows q;             // from the task's first query on
    Rows k;
    Rows v;
    Rows out;
    float* lse;
};

struct ForwardScratch
{
    float* q_columns;  // [D][64]
    float* scores;     // [64 keys][64 queries], then probabilities
    float* sums;       // [64][D], not yet divided
    float* maximum;    // [64], base 2
    float* total;      // [64]
    float* alpha;      // [64], what the last block's new maximum multiplies earlier sums by

    static int64_t floats(int64_t head_dim) { return 2 * kBlock * head_dim + kBlockArea + 3 * kBlock; }

    ForwardScratch(float* memory, int64_t head_dim)
        : q_columns(memory), scores(q_columns + kBlock * head_dim), sums(scores + kBlockArea),
          maximum(sums + kBlock * head_dim), total(maximum + kBlock), alpha(total + kBlock)
    {
    }
};

// (3) for the 16 queries of one tile. Hidden tiles inside of the hull get probability 0.
inline void softmax_tile(const ForwardTask& task, const ForwardScratch& s, const BlockMask& block, int query_tile,
                         int64_t first_key, int key_count)
{
    const int key_begin = block.key_begin[query_tile] * kTile;
    const int key_end = std::min(block.key_end[query_tile] * kTile, key_count);
    for (int lane = 0; lane < kTile; lane += kLanes) {
        const int column = query_tile * kTile + lane;
        const int64_t first_query = task.query_block * kBlock + column;
        Floats best = splat(-kInfinity);
        for (int j = key_begin; j < key_end; j += kTile) {
            const int end = std::min(j + kTile, key_end);
            const TileKind kind = block.kind[query_tile][j / kTile];
            if (kind == TileKind::kFull) {
                for (int key = j; key < end; ++key) {
                    best = max_keep(best, load(s.scores + key * kBlock + column));
                }
                continue;
            }
            for (int key = j; key < end; ++key) {
                float* score = s.scores + key * kBlock + column;
                Floats value = splat(-kInfinity);
                if (kind == TileKind::kPartial) {
                    value = select(task.mask.sees(task.batch, first_query, first_key + key), load(score), value);
                    best = max_keep(best, value);
                }
                store(score, value);
            }
        }
        const Floats old = load(s.maximum + column);
        const Floats top = max_keep(old, best);
        const Floats base = select(top == -kInfinity, Floats{}, top);  // a row without keys: exp2(-inf - 0) = 0
        const Floats alpha = exp2_of_nonpositive(old - base);
        Floats sum[4] = {};
        int key = key_begin;
        for (; key + 4 <= key_end; key += 4) {
#pragma GCC unroll 4
            for (int u = 0; u < 4; ++u) {
                float* score = s.scores + (key + u) * kBlock + column;
                const Floats p = exp2_of_nonpositive(load(score) - base);
                store(score, p);
                sum[u] += p;
            }
        }
        for (; key < key_end; ++key) {
            float* score = s.scores + key * kBlock + column;
            const Floats p = exp2_of_nonpositive(load(score) - base);
            store(score, p);
            sum[0] += p;
        }
        store(s.maximum + column, top);
        store(s.alpha + column, alpha);
        store(s.total + column, load(s.total + column) * alpha + ((sum[0] + sum[1]) + (sum[2] + sum[3])));
    }
}

// (4). A query tile's first block sets its sums, later ones scale and add; tiles that agree go into one product.
inline void add_values(const ForwardTask& task, const ForwardScratch& s, const BlockMask& block, Rows v, int key_count,
                       bool (&started)[kTilesPerBlock])
{
    for_each_run(block.key_begin, block.key_end, started, [&](int first, int last, int begin, int end) {
        TileProduct t{};
        t.a = s.scores + begin * kTile * kBlock + first * kTile;
        t.lda = kBlock;
        t.b = v.at(begin * kTile);
        t.ldb = v.stride;
        t.c = s.sums + (int64_t)first * kTile * task.head_dim;
        t.ldc = task.head_dim;
        t.rows = std::min(last * kTile, task.query_count) - first * kTile;
        t.columns = task.head_dim;
        t.depth = std::min(end * kTile, key_count) - begin * kTile;
        t.row_scale = s.alpha + first * kTile;
        if (started[first]) {
            multiply<Order::kTransposed, Accumulate::kScaleThenAdd>(t);
        } else {
            multiply<Order::kTransposed, Accumulate::kSet>(t);
        }
        std::fill(started + first, started + last, true);
    });
}

// (5)
inline void write_rows(const ForwardTask& task, const ForwardScratch& s)
{
    float lse[kBlock];
    for (int i = 0; i < kBlock; i += kLanes) {
        const Floats total = load(s.total + i);
        const Floats natural = load(s.maximum + i) * kLn2 + log_of_positive(total);
        const Floats defined = select(total == total, natural, total);
        store(lse + i, select(total == 0.0f, splat(-kInfinity), defined));
    }
    std::copy(lse, lse + task.query_count, task.lse);
    for (int i = 0; i < task.query_count; ++i) {
        float* to = task.out.at(i);
        if (s.total[i] == 0.0f) {
            std::fill(to, to + task.head_dim, 0.0f);
            continue;
        }
        const float inverse = 1.0f / s.total[i];
        const float* from = s.sums + (int64_t)i * task.head_dim;
        for (int d = 0; d < task.head_dim; ++d) {
            to[d] = from[d] * inverse;
        }
    }
}

void run(const ForwardTask& task, const ForwardScratch& s)
{
    transpose_rows(task.q.data, task.q.stride, task.query_count, task.head_dim, task.score_scale, s.q_columns, kBlock);
    std::fill(s.maximum, s.maximum + kBlock, -kInfinity);
    std::fill(s.total, s.total + kBlock, 0.0f);
    bool started[kTilesPerBlock] = {};
    BlockMask block;
    const BlockRange visible = task.mask.visible_keys(task.batch, task.query_block);
    for (int64_t j = visible.begin; j < visible.end; ++j) {
        if (!task.mask.describe(task.batch, task.query_block, j, block)) {
            continue;
        }
        const int64_t first_key = j * kBlock;
        const int key_count = (int)std::min<int64_t>(kBlock, task.key_length - first_key);
        multiply_visible(block, {task.k.at(first_key), task.k.stride}, key_count, s.q_columns, task.head_dim, s.scores);
        for (int i = 0; i < kTilesPerBlock; ++i) {
            if (j + 1 < visible.end) {  // the next block's keys, a quarter with each tile
                const int64_t next = first_key + kBlock + i * kTile;
                prefetch(task.k, next, next + kTile, task.key_length, task.head_dim);
                prefetch(task.v, next, next + kTile, task.key_length, task.head_dim);
            }
            if (block.key_begin[i] < block.key_end[i]) {
                softmax_tile(task, s, block, i, first_key, key_count);
            }
        }
        add_values(task, s, block, {task.v.at(first_key), task.v.stride}, key_count, started);
    }
    write_rows(task, s);
}

int32_t forward(const gn_kernels_attention_shape& shape, const gn_kernels_attention_mask& law,
                const gn_kernels_attention_tensor& q, const gn_kernels_attention_tensor& k,
                const gn_kernels_attention_tensor& v, const gn_kernels_attention_tensor& out, float* lse)
{
    const MaskTable mask(shape, law);
    const int64_t query_blocks = divide_up(shape.query_length, kBlock);
    const int64_t group = shape.query_heads / shape.key_heads;
    ScratchSet scratch(thread_count(shape.threads, shape.batch * shape.query_heads * query_blocks),
                       ForwardScratch::floats(shape.head_dim));
    for_each_task(shape.batch * shape.query_heads * query_blocks, shape.threads, [&](int64_t index, int slot) {
        // Heads in order, so that neighbouring tasks share K and V in the cache; the last queries first, because under
        // a causal mask they take longest.
        const int64_t query_block = query_blocks - 1 - index % query_blocks;
        const int64_t head = index / query_blocks % shape.query_heads;
        const int64_t batch = index / query_blocks / shape.query_heads;
        const int64_t first = query_block * kBlock;
        Rows q_rows = rows_of(q, batch, head);
        Rows out_rows = rows_of(out, batch, head);
        q_rows.data = q_rows.at(first);
        out_rows.data = out_rows.at(first);
        const ForwardTask task{
            mask, batch, query_block, (int)std::min<int64_t>(kBlock, shape.query_length - first), shape.key_length,
            (int)shape.head_dim, shape.scale * kLog2E, q_rows, rows_of(k, batch, head / group),
            rows_of(v, batch, head / group), out_rows,
            lse + (batch * shape.query_heads + head) * shape.query_length + first};
        run(task, ForwardScratch(scratch.piece(slot), shape.head_dim));
    });
    return GN_OK;
}

}  // namespace

}  // namespace granary::kernels

extern "C" int32_t gn_kernels_attention_forward(
    const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask,
    const gn_kernels_attention_tensor* q, const gn_kernels_attention_tensor* k, const gn_kernels_attention_tensor* v,
    const gn_kernels_attention_tensor* out, float* lse)
{
    using namespace granary::kernels;
    const gn_kernels_attention_mask full{};
    const gn_kernels_attention_mask& law = mask != nullptr ? *mask : full;
    if (shape == nullptr || !is_valid(*shape) || !MaskTable::is_valid(law)) {
        return refuse(__func__);
    }
    if (shape->batch * shape->query_heads * shape->query_length == 0) {
        return GN_OK;
    }
    if (!is_valid(q) || !is_valid(out) || lse == nullptr || (shape->key_length > 0 && (!is_valid(k) || !is_valid(v)))) {
        return refuse(__func__);
    }
    const gn_kernels_attention_tensor none{};
    return guarded(
        __func__, [&] { return forward(*shape, law, *q, k != nullptr ? *k : none, v != nullptr ? *v : none, *out, lse); });
}
