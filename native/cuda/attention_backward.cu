// Attention backward: the probabilities are computed again from lse, tile by tile.
//
// Three launches: delta = sum_d dO * O - dlse of every query; dK and dV, one block for a tile of keys of a key head, which goes
// over the queries of all its query heads; dQ, one block for a tile of queries. The scores are so multiplied twice, 7 products
// instead of 5, and every output is summed by one block in one order.
// With P = exp(S - lse) and dS = scale * P * (dP - delta): dV = P^T dO, dK = dS^T Q, dQ = dS K.
#include "attention_tiles.cuh"
#include "reductions.cuh"

namespace granary::cuda {

namespace {

constexpr int kDeltaRows = 8;

// Tiles of the two large kernels: 16 rows of the block's own side a warp, kColumns of the other side at a time, so that the
// sums stay in registers and kBlocks find room beside one another. kSplits warps share rows where one warp's registers
// cannot hold the sums.
template <typename T, int kDim>
struct KeyTiles
{
    static constexpr bool kIsHalf = sizeof(T) == 2;
    static constexpr int kRowWarps = kIsHalf || kDim <= 128 ? 4 : 2;
    static constexpr int kSplits = kDim == 256 ? 2 : 1;
    static constexpr int kColumns = kIsHalf ? (kDim <= 64 ? 64 : 32) : (kDim <= 128 ? 32 : 16);
    static constexpr int kBlocks = !kIsHalf && kDim <= 32 ? 3 : kDim <= (kIsHalf ? 128 : 64) ? 2 : 1;
};

template <typename T, int kDim>
struct QueryTiles
{
    static constexpr bool kIsHalf = sizeof(T) == 2;
    static constexpr int kRowWarps = kIsHalf || kDim <= 128 ? 4 : 2;
    static constexpr int kSplits = 1;
    static constexpr int kColumns = kIsHalf ? (kDim <= 64 ? 64 : 32) : (kDim <= 128 ? 32 : 16);
    static constexpr int kBlocks = kIsHalf ? (kDim <= 128 ? 3 : 1) : kDim <= 32 ? 3 : kDim <= 64 ? 2 : 1;
};

template <typename T, int kDim, typename Tiles>
struct BackwardShared
{
    static constexpr int kWarps = Tiles::kRowWarps * Tiles::kSplits;
    static constexpr int kThreads = kWarp * kWarps;
    static constexpr int kRows = 16 * Tiles::kRowWarps;
    static constexpr int kColumns = Tiles::kColumns;
    static constexpr int kBlocks = Tiles::kBlocks;
    alignas(16) T rows[2][kRows * kPitch<T, kDim>];           // K and V, or Q and dO
    alignas(16) T columns[2][2][kColumns * kPitch<T, kDim>];  // [buffer]: Q and dO, or K and V
    alignas(16) float exchange[kWarps][kFragmentFloats<T, kColumns> + 4];
    Position positions[2][kColumns];
    float lse[2][kColumns];
    float delta[2][kColumns];
    TileBits bits;
};

// lse in base 2 and delta times scale. A query that sees nothing, or that does not exist, has lse +inf: probabilities of 0.
struct QueryTerms
{
    float lse;
    float delta;
};

__device__ __forceinline__ QueryTerms terms_of(const AttentionCall& c, int64_t batch, int head, int query)
{
    if (query >= c.law.query_length) {
        return {infinity(), 0.0f};
    }
    const int64_t at = (batch * c.query_heads + head) * c.law.query_length + query;
    const float lse = c.lse[at];
    return lse == -infinity() ? QueryTerms{infinity(), 0.0f} : QueryTerms{lse * kLog2E, c.delta[at] * c.scale};
}

template <typename T>
__global__ void __launch_bounds__(kWarp* kDeltaRows) sum_delta(AttentionCall c)
{
    const int query = (int)blockIdx.x * kDeltaRows + (int)threadIdx.y;
    if (query >= c.law.query_length) {
        return;  // a whole warp
    }
    const int head = (int)blockIdx.y;
    const int64_t batch = blockIdx.z;
    const T* out = rows_of<T>(c.out, batch, head, query, c.law.query_length).data;
    const T* dout = rows_of<T>(c.dout, batch, head, query, c.law.query_length).data;
    float total = 0.0f;
    for (int i = (int)threadIdx.x; i < c.head_dim; i += kWarp) {
        float a[1], b[1];
        load(out + i, a);
        load(dout + i, b);
        total += a[0] * b[0];
    }
    total = warp_sum(total);
    if (threadIdx.x == 0) {
        const int64_t at = (batch * c.query_heads + head) * c.law.query_length + query;
        c.delta[at] = total - (c.dlse != nullptr ? c.dlse[at] : 0.0f);
    }
}

// One score and one element of dP become P and dS.
__device__ __forceinline__ void differentiate(float& score, float& gradient, const QueryTerms& query, float scale, bool is_seen)
{
    const float p = exp2_of(score * (scale * kLog2E) - query.lse);
    score = is_seen ? p : 0.0f;
    gradient = is_seen ? p * (gradient * scale - query.delta) : 0.0f;
}

template <typename T, int kDim>
using KeyShared = BackwardShared<T, kDim, KeyTiles<T, kDim>>;

template <typename T, int kDim>
using QueryShared = BackwardShared<T, kDim, QueryTiles<T, kDim>>;

template <typename T, int kDim>
__global__ void __launch_bounds__(KeyShared<T, kDim>::kThreads, KeyShared<T, kDim>::kBlocks) differentiate_keys(AttentionCall c)
{
    using Tiles = KeyTiles<T, kDim>;
    using Shared = KeyShared<T, kDim>;
    constexpr int kQueries = Tiles::kColumns;
    constexpr int kWidth = kDim / Tiles::kSplits;
    constexpr int kThreads = Shared::kThreads;
    GN_DYNAMIC_SHARED(memory);
    auto& shared = *reinterpret_cast<Shared*>(memory);
    const int warp = (int)threadIdx.x / kWarp;
    const int lane = lane_index();
    const int first_key = (int)blockIdx.x * Shared::kRows;
    const int key_head = (int)blockIdx.y;
    const int64_t batch = blockIdx.z;
    const int group = c.query_heads / c.key_heads;
    const int row = warp / Tiles::kSplits * 16;
    const int first_column = warp % Tiles::kSplits * kWidth;
    const int mine = first_key + row + lane / 4;
    const Position keys[2] = {key_at(c.law, batch, mine), key_at(c.law, batch, mine + 8)};
    float dk[kWidth / 8][4] = {};
    float dv[kWidth / 8][4] = {};

    load_tile<Shared::kRows, kDim, kThreads>(shared.rows[0], rows_of<T>(c.k, batch, key_head, first_key, c.law.key_length), c);
    load_tile<Shared::kRows, kDim, kThreads>(shared.rows[1], rows_of<T>(c.v, batch, key_head, first_key, c.law.key_length), c);
    T* k_rows = shared.rows[0] + row * kPitch<T, kDim>;
    T* v_rows = shared.rows[1] + row * kPitch<T, kDim>;
    const Extent extent = extent_of<true, Shared::kRows>(c.law, batch, first_key);
    for (int head = key_head * group; head < (key_head + 1) * group; ++head) {
        Position arriving{};
        QueryTerms arriving_terms{};
        const auto start = [&](int tile, int buffer) {
            const int first = tile * kQueries;
            load_tile<kQueries, kDim, kThreads>(shared.columns[buffer][0], rows_of<T>(c.q, batch, head, first, c.law.query_length), c);
            load_tile<kQueries, kDim, kThreads>(shared.columns[buffer][1], rows_of<T>(c.dout, batch, head, first, c.law.query_length), c);
            if ((int)threadIdx.x < kQueries) {
                arriving = query_at(c.law, batch, first + (int)threadIdx.x);
                arriving_terms = terms_of(c, batch, head, first + (int)threadIdx.x);
            }
        };
        const auto land = [&](int buffer) {
            if ((int)threadIdx.x < kQueries) {
                shared.positions[buffer][threadIdx.x] = arriving;
                shared.lse[buffer][threadIdx.x] = arriving_terms.lse;
                shared.delta[buffer][threadIdx.x] = arriving_terms.delta;
            }
        };
        const auto finish = [&](int, int buffer, bool is_full) {
            const T* q_tile = shared.columns[buffer][0];
            const T* dout_tile = shared.columns[buffer][1];
            float p[kQueries / 8][4] = {};
            float ds[kQueries / 8][4] = {};
            multiply_rows<kQueries, kDim>(p, k_rows, q_tile);
            multiply_rows<kQueries, kDim>(ds, v_rows, dout_tile);
#pragma unroll
            for (int n = 0; n < kQueries / 8; ++n) {
#pragma unroll
                for (int e = 0; e < 4; ++e) {
                    const int column = n * 8 + lane % 4 * 2 + e % 2;
                    const bool is_seen = is_full || sees(shared.positions[buffer][column], keys[e / 2]);
                    differentiate(p[n][e], ds[n][e], {shared.lse[buffer][column], shared.delta[buffer][column]}, c.scale, is_seen);
                }
            }
            multiply_fragment<kQueries, kWidth, kDim>(dv, p, dout_tile + first_column, shared.exchange[warp]);
            multiply_fragment<kQueries, kWidth, kDim>(dk, ds, q_tile + first_column, shared.exchange[warp]);
        };
        for_each_visible_tile<false, kQueries, Shared::kWarps>(c.law, batch, extent, shared.bits, start, land, finish);
    }
    wait_for_copies();  // a block that nobody sees has not waited for its keys
    __syncthreads();
    write_fragment<kWidth, kDim>(dk, first_column, k_rows, rows_of<T>(c.dk, batch, key_head, first_key + row, c.law.key_length), c);
    write_fragment<kWidth, kDim>(dv, first_column, v_rows, rows_of<T>(c.dv, batch, key_head, first_key + row, c.law.key_length), c);
}

template <typename T, int kDim>
__global__ void __launch_bounds__(QueryShared<T, kDim>::kThreads, QueryShared<T, kDim>::kBlocks)
    differentiate_queries(AttentionCall c)
{
    using Shared = QueryShared<T, kDim>;
    constexpr int kKeys = Shared::kColumns;
    constexpr int kThreads = Shared::kThreads;
    GN_DYNAMIC_SHARED(memory);
    auto& shared = *reinterpret_cast<Shared*>(memory);
    const int warp = (int)threadIdx.x / kWarp;
    const int lane = lane_index();
    const int first_query = (int)(gridDim.x - 1 - blockIdx.x) * Shared::kRows;
    const int head = (int)blockIdx.y;
    const int64_t batch = blockIdx.z;
    const int key_head = head / (c.query_heads / c.key_heads);
    const int mine = first_query + warp * 16 + lane / 4;
    const Position queries[2] = {query_at(c.law, batch, mine), query_at(c.law, batch, mine + 8)};
    const QueryTerms terms[2] = {terms_of(c, batch, head, mine), terms_of(c, batch, head, mine + 8)};
    float dq[kDim / 8][4] = {};

    load_tile<Shared::kRows, kDim, kThreads>(shared.rows[0], rows_of<T>(c.q, batch, head, first_query, c.law.query_length), c);
    load_tile<Shared::kRows, kDim, kThreads>(shared.rows[1], rows_of<T>(c.dout, batch, head, first_query, c.law.query_length), c);
    T* q_rows = shared.rows[0] + warp * 16 * kPitch<T, kDim>;
    const T* dout_rows = shared.rows[1] + warp * 16 * kPitch<T, kDim>;
    Position arriving{};
    const auto start = [&](int tile, int buffer) {
        const int first = tile * kKeys;
        load_tile<kKeys, kDim, kThreads>(shared.columns[buffer][0], rows_of<T>(c.k, batch, key_head, first, c.law.key_length), c);
        load_tile<kKeys, kDim, kThreads>(shared.columns[buffer][1], rows_of<T>(c.v, batch, key_head, first, c.law.key_length), c);
        if ((int)threadIdx.x < kKeys) {
            arriving = key_at(c.law, batch, first + (int)threadIdx.x);
        }
    };
    const auto land = [&](int buffer) {
        if ((int)threadIdx.x < kKeys) {
            shared.positions[buffer][threadIdx.x] = arriving;
        }
    };
    const auto finish = [&](int, int buffer, bool is_full) {
        const T* k_tile = shared.columns[buffer][0];
        float p[kKeys / 8][4] = {};
        float ds[kKeys / 8][4] = {};
        multiply_rows<kKeys, kDim>(p, q_rows, k_tile);
        multiply_rows<kKeys, kDim>(ds, dout_rows, shared.columns[buffer][1]);
#pragma unroll
        for (int n = 0; n < kKeys / 8; ++n) {
#pragma unroll
            for (int e = 0; e < 4; ++e) {
                const int column = n * 8 + lane % 4 * 2 + e % 2;
                const bool is_seen = is_full || sees(queries[e / 2], shared.positions[buffer][column]);
                differentiate(p[n][e], ds[n][e], terms[e / 2], c.scale, is_seen);
            }
        }
        multiply_fragment<kKeys, kDim, kDim>(dq, ds, k_tile, shared.exchange[warp]);
    };
    const Extent extent = extent_of<false, Shared::kRows>(c.law, batch, first_query);
    for_each_visible_tile<true, kKeys, Shared::kWarps>(c.law, batch, extent, shared.bits, start, land, finish);

    wait_for_copies();
    __syncthreads();
    write_fragment<kDim, kDim>(dq, 0, q_rows, rows_of<T>(c.dq, batch, head, first_query + warp * 16, c.law.query_length), c);
}

template <typename T>
int32_t backward(const char* function, const AttentionCall& c)
{
    const auto queries = (unsigned)c.law.query_length;
    const auto heads = (unsigned)c.query_heads;
    const auto batch = (unsigned)c.batch;
    int32_t status = launch(function, sum_delta<T>, dim3((unsigned)divide_up(queries, kDeltaRows), heads, batch),
                            dim3(kWarp, kDeltaRows), 0, c);
    if (status != GN_OK) {
        return status;
    }
    return with_head_dim(c.head_dim, [&](auto dim) {
        constexpr int kDim = decltype(dim)::value;
        using OfKeys = KeyShared<T, kDim>;
        using OfQueries = QueryShared<T, kDim>;
        status = launch(function, differentiate_keys<T, kDim>,
                        dim3((unsigned)divide_up(c.law.key_length, OfKeys::kRows), (unsigned)c.key_heads, batch),
                        dim3(OfKeys::kThreads), sizeof(OfKeys), c);
        return status != GN_OK
            ? status
            : launch(function, differentiate_queries<T, kDim>, dim3((unsigned)divide_up(queries, OfQueries::kRows), heads, batch),
                     dim3(OfQueries::kThreads), sizeof(OfQueries), c);
    });
}

}  // namespace

}  // namespace granary::cuda

using namespace granary::cuda;

int32_t gn_cuda_attention_backward(
    int32_t type, const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask, const gn_cuda_heads* q,
    const gn_cuda_heads* k, const gn_cuda_heads* v, const gn_cuda_heads* out, const float* lse, const gn_cuda_heads* dout,
    const float* dlse, const gn_cuda_heads* dq, const gn_cuda_heads* dk, const gn_cuda_heads* dv, float* delta)
{
    if (!is_valid_attention(type, shape, mask)) {
        return refuse(__func__);
    }
    const auto is_given = [](const gn_cuda_heads* heads) { return heads != nullptr && heads->data != nullptr; };
    const bool has_queries = shape->batch * shape->query_length > 0;
    const bool has_keys = shape->batch * shape->key_length > 0;
    if ((has_queries
         && (!is_given(q) || !is_given(out) || !is_given(dout) || !is_given(dq) || lse == nullptr || delta == nullptr))
        || (has_keys && (!is_given(k) || !is_given(v) || !is_given(dk) || !is_given(dv)))) {
        return refuse(__func__);
    }
    AttentionCall c = attention_call(*shape, mask);
    const gn_cuda_heads none{};
    const gn_cuda_heads* given[] = {q, k, v, out, dout, dq, dk, dv};
    gn_cuda_heads* places[] = {&c.q, &c.k, &c.v, &c.out, &c.dout, &c.dq, &c.dk, &c.dv};
    for (int i = 0; i < 8; ++i) {
        *places[i] = given[i] != nullptr ? *given[i] : none;
    }
    c.lse = const_cast<float*>(lse);
    c.dlse = dlse;
    c.delta = delta;
    const char* function = __func__;
    return with_type(type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        c.has_vectors = true;
        for (const gn_cuda_heads* place : places) {
            c.has_vectors = c.has_vectors && has_vector_rows<T>(c, *place);
        }
        return backward<T>(function, c);
    });
}
