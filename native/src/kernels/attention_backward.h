// Attention backward: recomputes the probabilities from lse, block by block.
//
// Per visible 64 x 64 block, five products of 64 * 64 * D FMAs each:
//   (1) S = K Q^T and dP = V dO^T;
//   (2) P = exp(S - lse), dS = scale * P * (dP - delta), with delta = sum_d dO * O - dlse per query (the sum may be given);
//   (3) dV += P dO, dK += dS Q, dQ += dS^T K, straight into the outputs.
// One task is a key head with its group of query heads and owns all it writes. With fewer such tasks than threads, two
// passes with smaller tasks, keys first and then queries, do (1) twice: 7 products instead of 5, but on all threads.
// Either way every output is summed in the same order: both give the same bits.
#pragma once

#include <algorithm>
#include <cstdint>

#include "attention.h"
#include "attention_arithmetic.h"

namespace granary::kernels {

using attention::BackwardCall;

inline int64_t group_of(const BackwardCall& call) { return call.shape.query_heads / call.shape.key_heads; }
inline int64_t query_blocks_of(const BackwardCall& call) { return divide_up(call.shape.query_length, kBlock); }
inline int64_t key_blocks_of(const BackwardCall& call) { return divide_up(call.shape.key_length, kBlock); }

template <typename Arithmetic>
struct BackwardScratch
{
    float* q_columns;      // [cells of D][64], times scale * log2(e)
    float* dout_columns;   // [cells of D][64]
    float* probabilities;  // [64 keys][64 queries], then cells of queries
    float* gradients;      // [64 keys][64 queries], dS, then cells of queries
    float* across_keys;    // dS in [cells of keys][64 queries]; the gradients themselves where a cell is one value
    float* lse;            // [64], base 2; +inf for a query that sees nothing, so that its probabilities are 0
    float* delta;          // [64], times scale
    float* copies[5];      // blocks of cells: q, dout, k and v along, k across

    static constexpr int kAcross = Arithmetic::kValues > 1 ? kBlockArea / Arithmetic::kValues : 0;

    static int64_t floats(int64_t head_dim)
    {
        return 2 * kBlock * head_dim + 2 * kBlockArea + kAcross + 2 * kBlock + 5 * Arithmetic::copy_floats(head_dim);
    }

    BackwardScratch(float* memory, int64_t head_dim)
        : q_columns(memory), dout_columns(q_columns + kBlock * head_dim),
          probabilities(dout_columns + kBlock * head_dim), gradients(probabilities + kBlockArea),
          across_keys(kAcross > 0 ? gradients + kBlockArea : gradients), lse(gradients + kBlockArea + kAcross), delta(lse + kBlock)
    {
        for (int i = 0; i < 5; ++i) {
            copies[i] = delta + kBlock + i * Arithmetic::copy_floats(head_dim);
        }
    }
};

// 64 queries of one head.
struct QueryBlock
{
    int64_t batch;
    int64_t index;
    int count;
    Rows q;     // across
    Rows dout;  // across
    Rows dq;
};

inline float dot(const float* a, const float* b, int count)
{
    Floats sum{};
    int d = 0;
    for (; d + kLanes <= count; d += kLanes) {
        sum += load(a + d) * load(b + d);
    }
    if (d < count) {
        sum += load_partial(a + d, count - d) * load_partial(b + d, count - d);
    }
    return sum_of(sum);
}

template <typename Arithmetic>
QueryBlock prepare(const BackwardCall& call, const BackwardScratch<Arithmetic>& s, int64_t batch, int64_t head, int64_t index)
{
    const int64_t first = index * kBlock;
    const int count = (int)std::min<int64_t>(kBlock, call.shape.query_length - first);
    const auto from_first = [&](const gn_kernels_attention_tensor& t) {
        const Rows rows = rows_of(t, batch, head);
        return Rows{rows.at(first), rows.stride};
    };
    const int dims = (int)call.shape.head_dim;
    const Rows q = from_first(call.q), dout = from_first(call.dout);
    Arithmetic::columns(q, count, dims, call.shape.scale * kLog2E, s.q_columns);
    Arithmetic::columns(dout, count, dims, 1.0f, s.dout_columns);
    const int64_t row = (batch * call.shape.query_heads + head) * call.shape.query_length + first;
    for (int i = 0; i < kBlock; ++i) {
        if (i >= count || call.lse[row + i] == -kInfinity) {
            s.lse[i] = kInfinity;
            s.delta[i] = 0.0f;
            continue;
        }
        const float dlse = call.dlse != nullptr ? call.dlse[row + i] : 0.0f;
        s.lse[i] = call.lse[row + i] * kLog2E;
        const float delta = call.delta != nullptr
            ? call.delta[row + i]
            : dot(dout.at(i), rows_of(call.out, batch, head).at(first + i), dims);
        s.delta[i] = call.shape.scale * (delta - dlse);
    }
    return {batch, index, count, Arithmetic::across(q, count, dims, s.copies[0]), Arithmetic::across(dout, count, dims, s.copies[1]), from_first(call.dq)};
}

// (2) for one tile of 16 x 16. A hidden tile between visible ones takes part in the products of (3): with zeros.
template <typename Arithmetic>
inline void differentiate_tile(const BackwardCall& call, const BackwardScratch<Arithmetic>& s, const QueryBlock& queries,
                               TileKind kind, int first_column, int first_row, int end_row, int64_t first_key)
{
    for (int column = first_column; column < first_column + kTile; column += kLanes) {
        const int64_t first_query = queries.index * kBlock + column;
        const Floats lse = load(s.lse + column);
        const Floats delta = load(s.delta + column);
        const auto differentiate_row = [&](int row, Floats& ds) {
            Floats p{};
            if (kind != TileKind::kHidden) {
                p = exp2_of_nonpositive(load(s.probabilities + row * kBlock + column) - lse);
                ds = p * (load(s.gradients + row * kBlock + column) * call.shape.scale - delta);
            }
            if (kind == TileKind::kPartial) {
                const Ints seen = sees(call.mask, queries.batch, first_query, first_key + row);
                p = select(seen, p, Floats{});
                ds = select(seen, ds, Floats{});
            }
            Arithmetic::store_along(s.probabilities + row * kBlock, column, p);
            Arithmetic::store_along(s.gradients + row * kBlock, column, ds);
        };
#pragma GCC unroll 2
        for (int row = first_row; row < end_row; row += 2) {
            Floats ds[2] = {};
            differentiate_row(row, ds[0]);
            if (row + 1 < end_row) {
                differentiate_row(row + 1, ds[1]);
            }
            if constexpr (Arithmetic::kValues > 1) {
                Arithmetic::store_across(s.across_keys, row, column, ds);
            }
        }
    }
}

// (1) and (2); false if the whole block is hidden.
template <typename Arithmetic>
bool differentiate(const BackwardCall& call, const BackwardScratch<Arithmetic>& s, const QueryBlock& queries, Rows k, Rows v,
                   int64_t key_block, BlockMask& block)
{
    if (!describe(call.mask, queries.batch, queries.index, key_block, block)) {
        return false;
    }
    const int64_t first_key = key_block * kBlock;
    const int key_count = (int)std::min<int64_t>(kBlock, call.shape.key_length - first_key);
    const int dims = (int)call.shape.head_dim, cells = (int)divide_up(dims, Arithmetic::kValues);
    multiply_visible<Arithmetic>(block, Arithmetic::along(k, key_count, dims, s.copies[2]), key_count, s.q_columns, cells, s.probabilities);
    multiply_visible<Arithmetic>(block, Arithmetic::along(v, key_count, dims, s.copies[3]), key_count, s.dout_columns, cells, s.gradients);
    for (int j = 0; j * kTile < key_count; ++j) {
        const int end = std::min((j + 1) * kTile, key_count);
        for (int i = 0; i < kTilesPerBlock; ++i) {
            const bool takes_part = (block.key_begin[i] <= j && j < block.key_end[i])
                || (block.query_begin[j] <= i && i < block.query_end[j]);
            if (takes_part) {
                differentiate_tile(call, s, queries, block.kind[i][j], i * kTile, j * kTile, end, first_key);
            }
        }
    }
    return true;
}

// (3), keys' side: to[key] += sum_query weights[key][query] * rows[query].
template <typename Arithmetic>
void add_over_queries(const BlockMask& block, const float* weights, Rows rows, int query_count, int key_count,
                      int head_dim, Rows to)
{
    for_each_run(block.query_begin, block.query_end, kNoFlags, [&](int first, int last, int begin, int end) {
        TileProduct t{};
        t.a = weights + first * kTile * kBlock + begin * kTile / Arithmetic::kValues;
        t.lda = kBlock;
        t.b = rows.at(begin * kTile / Arithmetic::kValues);
        t.ldb = rows.stride;
        t.c = to.at(first * kTile);
        t.ldc = to.stride;
        t.rows = std::min(last * kTile, key_count) - first * kTile;
        t.columns = head_dim;
        t.depth = (int)divide_up(std::min(end * kTile, query_count) - begin * kTile, Arithmetic::kValues);
        multiply<Arithmetic, Order::kRowMajor, Accumulate::kAdd>(t);
    });
}

// (3), queries' side: to[query] += sum_key weights[key][query] * rows[key].
template <typename Arithmetic>
void add_over_keys(const BlockMask& block, const float* weights, Rows rows, int query_count, int key_count,
                   int head_dim, Rows to)
{
    for_each_run(block.key_begin, block.key_end, kNoFlags, [&](int first, int last, int begin, int end) {
        TileProduct t{};
        t.a = weights + begin * kTile / Arithmetic::kValues * kBlock + first * kTile;
        t.lda = kBlock;
        t.b = rows.at(begin * kTile / Arithmetic::kValues);
        t.ldb = rows.stride;
        t.c = to.at(first * kTile);
        t.ldc = to.stride;
        t.rows = std::min(last * kTile, query_count) - first * kTile;
        t.columns = head_dim;
        t.depth = (int)divide_up(std::min(end * kTile, key_count) - begin * kTile, Arithmetic::kValues);
        multiply<Arithmetic, Order::kTransposed, Accumulate::kAdd>(t);
    });
}

inline void clear(Rows rows, int64_t count, int head_dim)
{
    for (int64_t i = 0; i < count; ++i) {
        std::fill(rows.at(i), rows.at(i) + head_dim, 0.0f);
    }
}

enum class Outputs { kAll, kKeys, kQueries };

// Key blocks that all queries visit before the next ones: k, v, dk and dv of 512 keys of 64 dims are half a megabyte, which
// the second-level cache holds. Each sum's order stays: keys ascend for a query, queries for a key.
inline constexpr int64_t kBlocksInCache = 8;

// One head's 64 queries against key blocks [first, last), as far as they see them.
template <typename Arithmetic, Outputs kOutputs>
void run(const BackwardCall& call, const BackwardScratch<Arithmetic>& s, int64_t batch, int64_t head, int64_t query_block,
         int64_t first_block, int64_t last_block)
{
    const int64_t key_head = head / group_of(call);
    const int d = (int)call.shape.head_dim;
    const BlockRange visible = visible_keys(call.mask, batch, query_block);
    const int64_t begin = std::max(first_block, visible.begin);
    const int64_t end = std::min(last_block, visible.end);
    // The first keys' turn begins a query's gradient, whether it sees them or not.
    const bool begins = kOutputs != Outputs::kKeys && first_block == 0;
    if (!begins && begin >= end) {
        return;
    }
    const Rows k_rows = rows_of(call.k, batch, key_head);
    const Rows v_rows = rows_of(call.v, batch, key_head);
    const Rows dk_rows = rows_of(call.dk, batch, key_head);
    const Rows dv_rows = rows_of(call.dv, batch, key_head);
    const QueryBlock queries = prepare(call, s, batch, head, query_block);
    if (begins) {
        clear(queries.dq, queries.count, d);
    }
    BlockMask block;
    for (int64_t j = begin; j < end; ++j) {
        const auto rows_from_block = [&](Rows rows) { return Rows{rows.at(j * kBlock), rows.stride}; };
        const Rows k = rows_from_block(k_rows);
        if (!differentiate(call, s, queries, k, rows_from_block(v_rows), j, block)) {
            continue;
        }
        const int key_count = (int)std::min<int64_t>(kBlock, call.shape.key_length - j * kBlock);
        if (kOutputs != Outputs::kQueries) {
            add_over_queries<Arithmetic>(block, s.probabilities, queries.dout, queries.count, key_count, d, rows_from_block(dv_rows));
            add_over_queries<Arithmetic>(block, s.gradients, queries.q, queries.count, key_count, d, rows_from_block(dk_rows));
        }
        if (kOutputs != Outputs::kKeys) {
            const Rows keys = Arithmetic::across(k, key_count, d, s.copies[4]);
            add_over_keys<Arithmetic>(block, s.across_keys, keys, queries.count, key_count, d, queries.dq);
        }
    }
}

inline void clear_keys(const BackwardCall& call, int64_t batch, int64_t key_head, int64_t first, int64_t count)
{
    for (const gn_kernels_attention_tensor* t : {&call.dk, &call.dv}) {
        const Rows rows = rows_of(*t, batch, key_head);
        clear({rows.at(first), rows.stride}, count, (int)call.shape.head_dim);
    }
}

template <typename Arithmetic>
void backward_by_key_head(const BackwardCall& call, const ScratchSet& scratch)
{
    const gn_kernels_attention_shape& shape = call.shape;
    for_each_task(shape.batch * shape.key_heads, shape.threads, [&](int64_t index, int slot) {
        const int64_t batch = index / shape.key_heads;
        const int64_t key_head = index % shape.key_heads;
        const BackwardScratch<Arithmetic> s(scratch.piece(slot), shape.head_dim);
        clear_keys(call, batch, key_head, 0, shape.key_length);
        for (int64_t first = 0; first < key_blocks_of(call); first += kBlocksInCache) {
            const int64_t last = std::min(key_blocks_of(call), first + kBlocksInCache);
            for (int64_t head = key_head * group_of(call); head < (key_head + 1) * group_of(call); ++head) {
                for (int64_t i = 0; i < query_blocks_of(call); ++i) {
                    run<Arithmetic, Outputs::kAll>(call, s, batch, head, i, first, last);
                }
            }
        }
    });
}

template <typename Arithmetic>
void backward_in_two_passes(const BackwardCall& call, const ScratchSet& scratch)
{
    const gn_kernels_attention_shape& shape = call.shape;
    const int64_t key_blocks = key_blocks_of(call);
    const int64_t query_blocks = query_blocks_of(call);
    for_each_task(shape.batch * shape.key_heads * key_blocks, shape.threads, [&](int64_t index, int slot) {
        const int64_t j = index % key_blocks;
        const int64_t key_head = index / key_blocks % shape.key_heads;
        const int64_t batch = index / key_blocks / shape.key_heads;
        const BackwardScratch<Arithmetic> s(scratch.piece(slot), shape.head_dim);
        clear_keys(call, batch, key_head, j * kBlock, std::min<int64_t>(kBlock, shape.key_length - j * kBlock));
        for (int64_t head = key_head * group_of(call); head < (key_head + 1) * group_of(call); ++head) {
            for (int64_t i = 0; i < query_blocks; ++i) {
                run<Arithmetic, Outputs::kKeys>(call, s, batch, head, i, j, j + 1);
            }
        }
    });
    for_each_task(shape.batch * shape.query_heads * query_blocks, shape.threads, [&](int64_t index, int slot) {
        const int64_t i = query_blocks - 1 - index % query_blocks;
        const int64_t head = index / query_blocks % shape.query_heads;
        const int64_t batch = index / query_blocks / shape.query_heads;
        run<Arithmetic, Outputs::kQueries>(call, BackwardScratch<Arithmetic>(scratch.piece(slot), shape.head_dim), batch, head, i, 0,
                               key_blocks);
    });
}

template <typename Arithmetic>
void backward(const BackwardCall& call)
{
    const gn_kernels_attention_shape& shape = call.shape;
    if (shape.key_length == 0) {
        for (int64_t i = 0; i < shape.batch * shape.query_heads; ++i) {
            clear(rows_of(call.dq, i / shape.query_heads, i % shape.query_heads), shape.query_length, (int)shape.head_dim);
        }
        return;
    }
    const int64_t heads = shape.batch * shape.key_heads;
    const int64_t tasks = heads * group_of(call) * std::max(query_blocks_of(call), key_blocks_of(call));
    const int threads = thread_count(shape.threads, tasks);
    const ScratchSet scratch(threads, BackwardScratch<Arithmetic>::floats(shape.head_dim));
    // In products per thread: 5 for each of the thread's heads, against 7 shared evenly.
    if (5 * divide_up(heads, threads) * threads <= 7 * heads) {
        backward_by_key_head<Arithmetic>(call, scratch);
    } else {
        backward_in_two_passes<Arithmetic>(call, scratch);
    }
}

}  // namespace granary::kernels
