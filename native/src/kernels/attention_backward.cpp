// Attention backward: recomputes the probabilities from lse, block by block.
//
// Per visible 64 x 64 block, five products of 64 * 64 * D FMAs each:
//   (1) S = K Q^T and dP = V dO^T;
//   (2) P = exp(S - lse), dS = scale * P * (dP - delta), with delta = sum_d dO * O - dlse per query (the sum may be given);
//   (3) dV += P dO, dK += dS Q, dQ += dS^T K, straight into the outputs.
// One task is a key head with its group of query heads and owns all it writes. With fewer such tasks than threads, two
// passes with smaller tasks, keys first and then queries, do (1) twice: 7 products instead of 5, but on all threads.
// Either way every output is summed in the same order: both give the same bits.
#include <algorithm>
#include <cstdint>

#include "attention_tiles.h"

namespace granary::kernels {

namespace {

struct BackwardCall
{
    const gn_kernels_attention_shape& shape;
    const MaskTable& mask;
    const gn_kernels_attention_tensor& q;
    const gn_kernels_attention_tensor& k;
    const gn_kernels_attention_tensor& v;
    const gn_kernels_attention_tensor& out;
    const float* lse;
    const float* delta;  // or null: from out
    const gn_kernels_attention_tensor& dout;
    const float* dlse;  // or null
    const gn_kernels_attention_tensor& dq;
    const gn_kernels_attention_tensor& dk;
    const gn_kernels_attention_tensor& dv;

    int head_dim() const { return (int)shape.head_dim; }
    int64_t group() const { return shape.query_heads / shape.key_heads; }
    int64_t query_blocks() const { return divide_up(shape.query_length, kBlock); }
    int64_t key_blocks() const { return divide_up(shape.key_length, kBlock); }
};

struct BackwardScratch
{
    float* q_columns;      // [D][64], times scale * log2(e)
    float* dout_columns;   // [D][64]
    float* probabilities;  // [64 keys][64 queries]
    float* gradients;      // [64 keys][64 queries], dS
    float* lse;            // [64], base 2; +inf for a query that sees nothing, so that its probabilities are 0
    float* delta;          // [64], times scale

    static int64_t floats(int64_t head_dim) { return 2 * kBlock * head_dim + 2 * kBlockArea + 2 * kBlock; }

    BackwardScratch(float* memory, int64_t head_dim)
        : q_columns(memory), dout_columns(q_columns + kBlock * head_dim),
          probabilities(dout_columns + kBlock * head_dim), gradients(probabilities + kBlockArea),
          lse(gradients + kBlockArea), delta(lse + kBlock)
    {
    }
};

// 64 queries of one head.
struct QueryBlock
{
    int64_t batch;
    int64_t index;
    int count;
    Rows q;
    Rows dout;
    Rows dq;
};

float dot(const float* a, const float* b, int count)
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

QueryBlock prepare(const BackwardCall& call, const BackwardScratch& s, int64_t batch, int64_t head, int64_t index)
{
    const int64_t first = index * kBlock;
    const int count = (int)std::min<int64_t>(kBlock, call.shape.query_length - first);
    const auto from_first = [&](const gn_kernels_attention_tensor& t) {
        const Rows rows = rows_of(t, batch, head);
        return Rows{rows.at(first), rows.stride};
    };
    const QueryBlock block{batch, index, count, from_first(call.q), from_first(call.dout), from_first(call.dq)};
    transpose_rows(block.q.data, block.q.stride, count, call.head_dim(), call.shape.scale * kLog2E, s.q_columns,
                   kBlock);
    transpose_rows(block.dout.data, block.dout.stride, count, call.head_dim(), 1.0f, s.dout_columns, kBlock);
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
            : dot(block.dout.at(i), rows_of(call.out, batch, head).at(first + i), call.head_dim());
        s.delta[i] = call.shape.scale * (delta - dlse);
    }
    return block;
}

// (2) for one tile of 16 x 16. A hidden tile between visible ones takes part in the products of (3): with zeros.
inline void differentiate_tile(const BackwardCall& call, const BackwardScratch& s, const QueryBlock& queries,
                               TileKind kind, int first_column, int first_row, int end_row, int64_t first_key)
{
    for (int column = first_column; column < first_column + kTile; column += kLanes) {
        const int64_t first_query = queries.index * kBlock + column;
        const Floats lse = load(s.lse + column);
        const Floats delta = load(s.delta + column);
#pragma GCC unroll 4
        for (int row = first_row; row < end_row; ++row) {
            float* score = s.probabilities + row * kBlock + column;
            float* gradient = s.gradients + row * kBlock + column;
            Floats p{};
            Floats ds{};
            if (kind != TileKind::kHidden) {
                p = exp2_of_nonpositive(load(score) - lse);
                ds = p * (load(gradient) * call.shape.scale - delta);
            }
            if (kind == TileKind::kPartial) {
                const Ints seen = call.mask.sees(queries.batch, first_query, first_key + row);
                p = select(seen, p, Floats{});
                ds = select(seen, ds, Floats{});
            }
            store(score, p);
            store(gradient, ds);
        }
    }
}

// (1) and (2); false if the whole block is hidden.
bool differentiate(const BackwardCall& call, const BackwardScratch& s, const QueryBlock& queries, Rows k, Rows v,
                   int64_t key_block, BlockMask& block)
{
    if (!call.mask.describe(queries.batch, queries.index, key_block, block)) {
        return false;
    }
    const int64_t first_key = key_block * kBlock;
    const int key_count = (int)std::min<int64_t>(kBlock, call.shape.key_length - first_key);
    multiply_visible(block, k, key_count, s.q_columns, call.head_dim(), s.probabilities);
    multiply_visible(block, v, key_count, s.dout_columns, call.head_dim(), s.gradients);
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
void add_over_queries(const BlockMask& block, const float* weights, Rows rows, int query_count, int key_count,
                      int head_dim, Rows to)
{
    for_each_run(block.query_begin, block.query_end, kNoFlags, [&](int first, int last, int begin, int end) {
        TileProduct t{};
        t.a = weights + first * kTile * kBlock + begin * kTile;
        t.lda = kBlock;
        t.b = rows.at(begin * kTile);
        t.ldb = rows.stride;
        t.c = to.at(first * kTile);
        t.ldc = to.stride;
        t.rows = std::min(last * kTile, key_count) - first * kTile;
        t.columns = head_dim;
        t.depth = std::min(end * kTile, query_count) - begin * kTile;
        multiply<Order::kRowMajor, Accumulate::kAdd>(t);
    });
}

// (3), queries' side: to[query] += sum_key weights[key][query] * rows[key].
void add_over_keys(const BlockMask& block, const float* weights, Rows rows, int query_count, int key_count,
                   int head_dim, Rows to)
{
    for_each_run(block.key_begin, block.key_end, kNoFlags, [&](int first, int last, int begin, int end) {
        TileProduct t{};
        t.a = weights + begin * kTile * kBlock + first * kTile;
        t.lda = kBlock;
        t.b = rows.at(begin * kTile);
        t.ldb = rows.stride;
        t.c = to.at(first * kTile);
        t.ldc = to.stride;
        t.rows = std::min(last * kTile, query_count) - first * kTile;
        t.columns = head_dim;
        t.depth = std::min(end * kTile, key_count) - begin * kTile;
        multiply<Order::kTransposed, Accumulate::kAdd>(t);
    });
}

void clear(Rows rows, int64_t count, int head_dim)
{
    for (int64_t i = 0; i < count; ++i) {
        std::fill(rows.at(i), rows.at(i) + head_dim, 0.0f);
    }
}

enum class Outputs { kAll, kKeys, kQueries };

// One head's 64 queries against key blocks [first, last), as far as they see them.
template <Outputs kOutputs>
void run(const BackwardCall& call, const BackwardScratch& s, int64_t batch, int64_t head, int64_t query_block,
         int64_t first_block, int64_t last_block)
{
    const int64_t key_head = head / call.group();
    const int d = call.head_dim();
    const BlockRange visible = call.mask.visible_keys(batch, query_block);
    const int64_t begin = std::max(first_block, visible.begin);
    const int64_t end = std::min(last_block, visible.end);
    if (kOutputs == Outputs::kKeys && begin >= end) {
        return;
    }
    const Rows k_rows = rows_of(call.k, batch, key_head);
    const Rows v_rows = rows_of(call.v, batch, key_head);
    const Rows dk_rows = rows_of(call.dk, batch, key_head);
    const Rows dv_rows = rows_of(call.dv, batch, key_head);
    const QueryBlock queries = prepare(call, s, batch, head, query_block);
    if (kOutputs != Outputs::kKeys) {
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
            add_over_queries(block, s.probabilities, queries.dout, queries.count, key_count, d, rows_from_block(dv_rows));
            add_over_queries(block, s.gradients, queries.q, queries.count, key_count, d, rows_from_block(dk_rows));
        }
        if (kOutputs != Outputs::kKeys) {
            add_over_keys(block, s.gradients, k, queries.count, key_count, d, queries.dq);
        }
    }
}

void clear_keys(const BackwardCall& call, int64_t batch, int64_t key_head, int64_t first, int64_t count)
{
    for (const gn_kernels_attention_tensor* t : {&call.dk, &call.dv}) {
        const Rows rows = rows_of(*t, batch, key_head);
        clear({rows.at(first), rows.stride}, count, call.head_dim());
    }
}

void backward_by_key_head(const BackwardCall& call, const ScratchSet& scratch)
{
    const gn_kernels_attention_shape& shape = call.shape;
    for_each_task(shape.batch * shape.key_heads, shape.threads, [&](int64_t index, int slot) {
        const int64_t batch = index / shape.key_heads;
        const int64_t key_head = index % shape.key_heads;
        const BackwardScratch s(scratch.piece(slot), shape.head_dim);
        clear_keys(call, batch, key_head, 0, shape.key_length);
        for (int64_t head = key_head * call.group(); head < (key_head + 1) * call.group(); ++head) {
            for (int64_t i = 0; i < call.query_blocks(); ++i) {
                run<Outputs::kAll>(call, s, batch, head, i, 0, call.key_blocks());
            }
        }
    });
}

void backward_in_two_passes(const BackwardCall& call, const ScratchSet& scratch)
{
    const gn_kernels_attention_shape& shape = call.shape;
    const int64_t key_blocks = call.key_blocks();
    const int64_t query_blocks = call.query_blocks();
    for_each_task(shape.batch * shape.key_heads * key_blocks, shape.threads, [&](int64_t index, int slot) {
        const int64_t j = index % key_blocks;
        const int64_t key_head = index / key_blocks % shape.key_heads;
        const int64_t batch = index / key_blocks / shape.key_heads;
        const BackwardScratch s(scratch.piece(slot), shape.head_dim);
        clear_keys(call, batch, key_head, j * kBlock, std::min<int64_t>(kBlock, shape.key_length - j * kBlock));
        for (int64_t head = key_head * call.group(); head < (key_head + 1) * call.group(); ++head) {
            for (int64_t i = 0; i < query_blocks; ++i) {
                run<Outputs::kKeys>(call, s, batch, head, i, j, j + 1);
            }
        }
    });
    for_each_task(shape.batch * shape.query_heads * query_blocks, shape.threads, [&](int64_t index, int slot) {
        const int64_t i = query_blocks - 1 - index % query_blocks;
        const int64_t head = index / query_blocks % shape.query_heads;
        const int64_t batch = index / query_blocks / shape.query_heads;
        run<Outputs::kQueries>(call, BackwardScratch(scratch.piece(slot), shape.head_dim), batch, head, i, 0,
                               key_blocks);
    });
}

int32_t backward(const BackwardCall& call)
{
    const gn_kernels_attention_shape& shape = call.shape;
    if (shape.key_length == 0) {
        for (int64_t i = 0; i < shape.batch * shape.query_heads; ++i) {
            clear(rows_of(call.dq, i / shape.query_heads, i % shape.query_heads), shape.query_length,
                  call.head_dim());
        }
        return GN_OK;
    }
    const int64_t heads = shape.batch * shape.key_heads;
    const int64_t tasks = heads * call.group() * std::max(call.query_blocks(), call.key_blocks());
    const int threads = thread_count(shape.threads, tasks);
    const ScratchSet scratch(threads, BackwardScratch::floats(shape.head_dim));
    // In products per thread: 5 for each of the thread's heads, against 7 shared evenly.
    if (5 * divide_up(heads, threads) * threads <= 7 * heads) {
        backward_by_key_head(call, scratch);
    } else {
        backward_in_two_passes(call, scratch);
    }
    return GN_OK;
}

}  // namespace

}  // namespace granary::kernels

extern "C" int32_t gn_kernels_attention_backward(
    const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask,
    const gn_kernels_attention_tensor* q, const gn_kernels_attention_tensor* k, const gn_kernels_attention_tensor* v,
    const gn_kernels_attention_tensor* out, const float* lse, const float* delta,
    const gn_kernels_attention_tensor* dout, const float* dlse, const gn_kernels_attention_tensor* dq,
    const gn_kernels_attention_tensor* dk, const gn_kernels_attention_tensor* dv)
{
    using namespace granary::kernels;
    const gn_kernels_attention_mask full{};
    const gn_kernels_attention_mask& law = mask != nullptr ? *mask : full;
    if (shape == nullptr || !is_valid(*shape) || !MaskTable::is_valid(law)) {
        return refuse(__func__);
    }
    const bool has_queries = shape->batch * shape->query_heads * shape->query_length > 0;
    const bool has_keys = shape->batch * shape->key_length > 0;
    const bool has_delta = delta != nullptr || is_valid(out);
    if ((has_queries && (!is_valid(q) || !has_delta || !is_valid(dout) || !is_valid(dq) || lse == nullptr))
        || (has_keys && (!is_valid(k) || !is_valid(v) || !is_valid(dk) || !is_valid(dv)))) {
        return refuse(__func__);
    }
    const gn_kernels_attention_tensor none{};
    const auto given = [&](const gn_kernels_attention_tensor* t) { return t != nullptr ? *t : none; };
    const gn_kernels_attention_tensor tensors[] = {given(q),    given(k),  given(v),  given(out),
                                                   given(dout), given(dq), given(dk), given(dv)};
    return guarded(__func__, [&] {
        const MaskTable table(*shape, law);
        return backward({*shape, table, tensors[0], tensors[1], tensors[2], tensors[3], lse, delta, tensors[4],
                         dlse, tensors[5], tensors[6], tensors[7]});
    });
}
