// Attention forward: FLASH-style online softmax over 64 x 64 blocks.
//
// One task is 64 queries of one head:
//   (1) transpose and scale Q once: 64 x D, about 2 % of a task's time at T = 64, D = 64;
//   (2) per visible block of 64 keys: S = K Q^T, 64 * 64 * D FMAs;
//   (3) mask, running maximum, exp2, running sum: about 20 operations per 16 scores, a tenth of (2) at D = 64;
//   (4) O = diag(alpha) O + P^T V, as many FMAs as (2);
//   (5) divide by the sum, write out and lse.
// Scores are kept in base 2 (log2(e) is folded into Q's scale), so (3) needs no multiplication per score.
#pragma once

#include <algorithm>
#include <cstdint>

#include "attention.h"
#include "attention_arithmetic.h"

namespace granary::kernels {

struct ForwardTask
{
    const MaskArrays& mask;
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

template <typename Arithmetic>
struct ForwardScratch
{
    float* q_columns;  // [cells of D][64]
    float* scores;     // [64 keys][64 queries], then probabilities, [cells of keys][64 queries]
    float* sums;       // [64][D], not yet divided
    float* maximum;    // [64], base 2
    float* total;      // [64]
    float* alpha;      // [64], what the last block's new maximum multiplies earlier sums by
    float* k_copy;     // a block's cells
    float* v_copy;

    static int64_t floats(int64_t head_dim)
    {
        return 2 * kBlock * head_dim + kBlockArea + 3 * kBlock + 2 * Arithmetic::copy_floats(head_dim);
    }

    ForwardScratch(float* memory, int64_t head_dim)
        : q_columns(memory), scores(q_columns + kBlock * head_dim), sums(scores + kBlockArea),
          maximum(sums + kBlock * head_dim), total(maximum + kBlock), alpha(total + kBlock), k_copy(alpha + kBlock),
          v_copy(k_copy + Arithmetic::copy_floats(head_dim))
    {
    }
};

// (3) for the 16 queries of one tile. Hidden tiles inside of the hull get probability 0.
template <typename Arithmetic>
inline void softmax_tile(const ForwardTask& task, const ForwardScratch<Arithmetic>& s, const BlockMask& block, int query_tile,
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
                    value = select(sees(task.mask, task.batch, first_query, first_key + key), load(score), value);
                    best = max_keep(best, value);
                }
                store(score, value);
            }
        }
        const Floats old = load(s.maximum + column);
        const Floats top = max_keep(old, best);
        const Floats base = select(top == -kInfinity, Floats{}, top);  // a row without keys: exp2(-inf - 0) = 0
        const Floats alpha = exp2_of_nonpositive(old - base);
        // Probabilities take the place of scores that have been read.
        const auto store_two = [&](int key, Floats first, Floats second) {
            Arithmetic::store_across(s.scores, key, column, {first, second});
        };
        Floats sum[4] = {};
        int key = key_begin;
        for (; key + 4 <= key_end; key += 4) {
            Floats p[4];
#pragma GCC unroll 4
            for (int u = 0; u < 4; ++u) {
                p[u] = exp2_of_nonpositive(load(s.scores + (key + u) * kBlock + column) - base);
                sum[u] += p[u];
            }
            store_two(key, p[0], p[1]);
            store_two(key + 2, p[2], p[3]);
        }
        for (; key < key_end; key += 2) {
            Floats p[2] = {};
            for (int u = 0; u < std::min(2, key_end - key); ++u) {
                p[u] = exp2_of_nonpositive(load(s.scores + (key + u) * kBlock + column) - base);
                sum[0] += p[u];
            }
            store_two(key, p[0], p[1]);
        }
        store(s.maximum + column, top);
        store(s.alpha + column, alpha);
        store(s.total + column, load(s.total + column) * alpha + ((sum[0] + sum[1]) + (sum[2] + sum[3])));
    }
}

// (4). A query tile's first block sets its sums, later ones scale and add; tiles that agree go into one product.
template <typename Arithmetic>
inline void add_values(const ForwardTask& task, const ForwardScratch<Arithmetic>& s, const BlockMask& block, Rows v, int key_count,
                       bool (&started)[kTilesPerBlock])
{
    for_each_run(block.key_begin, block.key_end, started, [&](int first, int last, int begin, int end) {
        TileProduct t{};
        t.a = s.scores + begin * kTile / Arithmetic::kValues * kBlock + first * kTile;
        t.lda = kBlock;
        t.b = v.at(begin * kTile / Arithmetic::kValues);
        t.ldb = v.stride;
        t.c = s.sums + (int64_t)first * kTile * task.head_dim;
        t.ldc = task.head_dim;
        t.rows = std::min(last * kTile, task.query_count) - first * kTile;
        t.columns = task.head_dim;
        t.depth = (int)divide_up(std::min(end * kTile, key_count) - begin * kTile, Arithmetic::kValues);
        t.row_scale = s.alpha + first * kTile;
        if (started[first]) {
            multiply<Arithmetic, Order::kTransposed, Accumulate::kScaleThenAdd>(t);
        } else {
            multiply<Arithmetic, Order::kTransposed, Accumulate::kSet>(t);
        }
        std::fill(started + first, started + last, true);
    });
}

// (5)
template <typename Arithmetic>
inline void write_rows(const ForwardTask& task, const ForwardScratch<Arithmetic>& s)
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

template <typename Arithmetic>
void run(const ForwardTask& task, const ForwardScratch<Arithmetic>& s)
{
    Arithmetic::columns(task.q, task.query_count, task.head_dim, task.score_scale, s.q_columns);
    std::fill(s.maximum, s.maximum + kBlock, -kInfinity);
    std::fill(s.total, s.total + kBlock, 0.0f);
    bool started[kTilesPerBlock] = {};
    BlockMask block;
    const BlockRange visible = visible_keys(task.mask, task.batch, task.query_block);
    for (int64_t j = visible.begin; j < visible.end; ++j) {
        if (!describe(task.mask, task.batch, task.query_block, j, block)) {
            continue;
        }
        const int64_t first_key = j * kBlock;
        const int key_count = (int)std::min<int64_t>(kBlock, task.key_length - first_key);
        const Rows keys = Arithmetic::along({task.k.at(first_key), task.k.stride}, key_count, task.head_dim, s.k_copy);
        multiply_visible<Arithmetic>(block, keys, key_count, s.q_columns, (int)divide_up(task.head_dim, Arithmetic::kValues), s.scores);
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
        const Rows values = Arithmetic::across({task.v.at(first_key), task.v.stride}, key_count, task.head_dim, s.v_copy);
        add_values(task, s, block, values, key_count, started);
    }
    write_rows(task, s);
}

template <typename Arithmetic>
void forward(const attention::ForwardCall& call)
{
    const gn_kernels_attention_shape& shape = call.shape;
    const int64_t query_blocks = divide_up(shape.query_length, kBlock);
    const int64_t group = shape.query_heads / shape.key_heads;
    ScratchSet scratch(thread_count(shape.threads, shape.batch * shape.query_heads * query_blocks),
                       ForwardScratch<Arithmetic>::floats(shape.head_dim));
    for_each_task(shape.batch * shape.query_heads * query_blocks, shape.threads, [&](int64_t index, int slot) {
        // Heads in order, so that neighbouring tasks share K and V in the cache; the last queries first, because under
        // a causal mask they take longest.
        const int64_t query_block = query_blocks - 1 - index % query_blocks;
        const int64_t head = index / query_blocks % shape.query_heads;
        const int64_t batch = index / query_blocks / shape.query_heads;
        const int64_t first = query_block * kBlock;
        Rows q_rows = rows_of(call.q, batch, head);
        Rows out_rows = rows_of(call.out, batch, head);
        q_rows.data = q_rows.at(first);
        out_rows.data = out_rows.at(first);
        const ForwardTask task{
            call.mask, batch, query_block, (int)std::min<int64_t>(kBlock, shape.query_length - first), shape.key_length,
            (int)shape.head_dim, shape.scale * kLog2E, q_rows, rows_of(call.k, batch, head / group),
            rows_of(call.v, batch, head / group), out_rows,
            call.lse + (batch * shape.query_heads + head) * shape.query_length + first};
        run(task, ForwardScratch<Arithmetic>(scratch.piece(slot), shape.head_dim));
    });
}

}  // namespace granary::kernels
