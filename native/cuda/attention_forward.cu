// Attention forward: online softmax over tiles, one block for a tile of queries of one head.
//
// Each warp owns 16 queries; their sums stay in registers. Keys and values come through shared memory in two buffers: one
// tile is multiplied while the next arrives, with one barrier a tile. Scores are kept in base 2.
#include "attention_tiles.cuh"

namespace granary::cuda {

namespace {

constexpr int kWarps = 4;
constexpr int kQueries = 16 * kWarps;
constexpr int kThreads = kWarp * kWarps;

// Keys of a tile: as many as leave room for two blocks in a multiprocessor, and for the sums in registers.
template <typename T, int kDim>
constexpr int kKeyTile = sizeof(T) == 2 ? (kDim <= 128 ? 64 : 32) : (kDim <= 128 ? 32 : 16);

template <typename T, int kDim>
struct ForwardShared
{
    static constexpr int kKeys = kKeyTile<T, kDim>;
    alignas(16) T q[kQueries * kPitch<T, kDim>];
    alignas(16) T k[2][kKeys * kPitch<T, kDim>];
    alignas(16) T v[2][kKeys * kPitch<T, kDim>];
    alignas(16) float exchange[kWarps][kFragmentFloats<T, kKeys> + 4];
    Position keys[2][kKeys];
    TileBits bits;
};

// The two rows of a lane's fragments.
struct SoftmaxRows
{
    float maximum[2];
    float total[2];
};

__device__ __forceinline__ float quad_max(float value)
{
    value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, 1));
    return fmaxf(value, __shfl_xor_sync(kAllLanes, value, 2));
}

__device__ __forceinline__ float quad_sum(float value)
{
    value += __shfl_xor_sync(kAllLanes, value, 1);
    return value + __shfl_xor_sync(kAllLanes, value, 2);
}

// Scores become exp2(score - new maximum), sums seen so far are scaled to it.
template <int kKeys, int kDim>
__device__ __forceinline__ void soften(float (&scores)[kKeys / 8][4], SoftmaxRows& rows, float (&sums)[kDim / 8][4])
{
#pragma unroll
    for (int r = 0; r < 2; ++r) {
        float best = rows.maximum[r];
#pragma unroll
        for (int n = 0; n < kKeys / 8; ++n) {
            best = fmaxf(best, fmaxf(scores[n][2 * r], scores[n][2 * r + 1]));
        }
        best = quad_max(best);
        const float base = best == -infinity() ? 0.0f : best;  // a row without keys: exp2(-inf - 0) = 0
        const float shrink = exp2_of(rows.maximum[r] - base);
        rows.maximum[r] = best;
        rows.total[r] *= shrink;
#pragma unroll
        for (int n = 0; n < kKeys / 8; ++n) {
#pragma unroll
            for (int e = 2 * r; e < 2 * r + 2; ++e) {
                scores[n][e] = exp2_of(scores[n][e] - base);
                rows.total[r] += scores[n][e];
            }
        }
#pragma unroll
        for (int n = 0; n < kDim / 8; ++n) {
            sums[n][2 * r] *= shrink;
            sums[n][2 * r + 1] *= shrink;
        }
    }
}

template <typename T, int kDim>
__global__ void __launch_bounds__(kThreads, kDim <= 64 ? 3 : sizeof(T) == 2 || kDim <= 128 ? 2 : 1) attend(AttentionCall c)
{
    constexpr int kKeys = kKeyTile<T, kDim>;
    GN_DYNAMIC_SHARED(memory);
    auto& shared = *reinterpret_cast<ForwardShared<T, kDim>*>(memory);
    const int warp = (int)threadIdx.x / kWarp;
    const int lane = lane_index();
    // The last queries first: under a causal mask they take longest.
    const int first_query = (int)(gridDim.x - 1 - blockIdx.x) * kQueries;
    const int head = (int)blockIdx.y;
    const int64_t batch = blockIdx.z;
    const int key_head = head / (c.query_heads / c.key_heads);
    const int mine = first_query + warp * 16 + lane / 4;
    const Position queries[2] = {query_at(c.law, batch, mine), query_at(c.law, batch, mine + 8)};
    const float score_scale = c.scale * kLog2E;
    SoftmaxRows rows{{-infinity(), -infinity()}, {0.0f, 0.0f}};
    float sums[kDim / 8][4] = {};

    load_tile<kQueries, kDim, kThreads>(shared.q, rows_of<T>(c.q, batch, head, first_query, c.law.query_length), c);
    const T* q_rows = shared.q + warp * 16 * kPitch<T, kDim>;
    Position arriving{};
    const auto start = [&](int tile, int buffer) {
        const int first_key = tile * kKeys;
        load_tile<kKeys, kDim, kThreads>(shared.k[buffer], rows_of<T>(c.k, batch, key_head, first_key, c.law.key_length), c);
        load_tile<kKeys, kDim, kThreads>(shared.v[buffer], rows_of<T>(c.v, batch, key_head, first_key, c.law.key_length), c);
        if ((int)threadIdx.x < kKeys) {
            arriving = key_at(c.law, batch, first_key + (int)threadIdx.x);
        }
    };
    const auto land = [&](int buffer) {
        if ((int)threadIdx.x < kKeys) {
            shared.keys[buffer][threadIdx.x] = arriving;
        }
    };
    const auto finish = [&](int, int buffer, bool is_full) {
        float scores[kKeys / 8][4] = {};
        multiply_rows<kKeys, kDim>(scores, q_rows, shared.k[buffer]);
#pragma unroll
        for (int n = 0; n < kKeys / 8; ++n) {
#pragma unroll
            for (int column = 0; column < 2; ++column) {
                scores[n][column] *= score_scale;
                scores[n][2 + column] *= score_scale;
                if (!is_full) {
                    const Position key = shared.keys[buffer][n * 8 + lane % 4 * 2 + column];
                    scores[n][column] = sees(queries[0], key) ? scores[n][column] : -infinity();
                    scores[n][2 + column] = sees(queries[1], key) ? scores[n][2 + column] : -infinity();
                }
            }
        }
        soften<kKeys, kDim>(scores, rows, sums);
        multiply_fragment<kKeys, kDim, kDim>(sums, scores, shared.v[buffer], shared.exchange[warp]);
    };
    const Extent extent = extent_of<false, kQueries>(c.law, batch, first_query);
    for_each_visible_tile<true, kKeys, kWarps>(c.law, batch, extent, shared.bits, start, land, finish);

    float* lse = c.lse + (batch * c.query_heads + head) * c.law.query_length;
#pragma unroll
    for (int r = 0; r < 2; ++r) {
        const float total = quad_sum(rows.total[r]);
        const float inverse = total == 0.0f ? 0.0f : 1.0f / total;
#pragma unroll
        for (int n = 0; n < kDim / 8; ++n) {
            sums[n][2 * r] *= inverse;
            sums[n][2 * r + 1] *= inverse;
        }
        if (lane % 4 == 0 && mine + 8 * r < c.law.query_length) {
            lse[mine + 8 * r] = total == 0.0f ? -infinity() : rows.maximum[r] * kLn2 + logf(total);
        }
    }
    wait_for_copies();  // a block that sees nothing has not waited for its queries
    __syncthreads();
    write_fragment<kDim, kDim>(sums, 0, shared.q + warp * 16 * kPitch<T, kDim>,
                               rows_of<T>(c.out, batch, head, first_query + warp * 16, c.law.query_length), c);
}

}  // namespace

bool is_valid_attention(int32_t type, const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask)
{
    constexpr int64_t kMost = 65535;  // blocks of a grid's second and third axis
    constexpr int64_t kLongest = INT32_MAX / 4;
    if (!is_type(type) || shape == nullptr) {
        return false;
    }
    const gn_kernels_attention_shape& s = *shape;
    if (s.products != GN_PRODUCT_FLOAT32 || s.reserved != 0) {
        return false;
    }
    if (s.batch < 0 || s.query_heads <= 0 || s.key_heads <= 0 || s.query_length < 0 || s.key_length < 0 || s.head_dim < 1
        || s.head_dim > 256 || s.query_heads % s.key_heads != 0 || s.batch > kMost || s.query_heads > kMost
        || s.query_length > kLongest || s.key_length > kLongest) {
        return false;
    }
    if (mask == nullptr) {
        return true;
    }
    const bool ranked = mask->kind == GN_ATTENTION_RANKED;
    return mask->kind >= GN_ATTENTION_FULL && mask->kind <= GN_ATTENTION_RANKED
        && (mask->segment_q == nullptr) == (mask->segment_k == nullptr)
        && (mask->anchor_k == nullptr || mask->segment_k != nullptr) && (mask->rank_q != nullptr) == ranked
        && (mask->rank_k != nullptr) == ranked;
}

AttentionCall attention_call(const gn_kernels_attention_shape& shape, const gn_kernels_attention_mask* mask)
{
    AttentionCall c{};
    c.law = {mask != nullptr ? *mask : gn_kernels_attention_mask{}, (int32_t)shape.query_length, (int32_t)shape.key_length};
    c.batch = (int32_t)shape.batch;
    c.query_heads = (int32_t)shape.query_heads;
    c.key_heads = (int32_t)shape.key_heads;
    c.head_dim = (int32_t)shape.head_dim;
    c.scale = shape.scale;
    return c;
}

}  // namespace granary::cuda

using namespace granary::cuda;

int32_t gn_cuda_attention_forward(
    int32_t type, const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask, const gn_cuda_heads* q,
    const gn_cuda_heads* k, const gn_cuda_heads* v, const gn_cuda_heads* out, float* lse)
{
    if (!is_valid_attention(type, shape, mask)) {
        return refuse(__func__);
    }
    if (shape->batch * shape->query_length == 0) {
        return GN_OK;
    }
    const auto is_given = [](const gn_cuda_heads* heads) { return heads != nullptr && heads->data != nullptr; };
    if (!is_given(q) || !is_given(out) || lse == nullptr || (shape->key_length > 0 && (!is_given(k) || !is_given(v)))) {
        return refuse(__func__);
    }
    AttentionCall c = attention_call(*shape, mask);
    const gn_cuda_heads none{};
    c.q = *q;
    c.k = k != nullptr ? *k : none;
    c.v = v != nullptr ? *v : none;
    c.out = *out;
    c.lse = lse;
    const char* function = __func__;
    return with_type(type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        c.has_vectors = has_vector_rows<T>(c, c.q) && has_vector_rows<T>(c, c.k) && has_vector_rows<T>(c, c.v)
            && has_vector_rows<T>(c, c.out);
        return with_head_dim(c.head_dim, [&](auto dim) {
            constexpr int kDim = decltype(dim)::value;
            return launch(function, attend<T, kDim>,
                          dim3((unsigned)divide_up(c.law.query_length, kQueries), (unsigned)c.query_heads, (unsigned)c.batch),
                          dim3(kThreads), sizeof(ForwardShared<T, kDim>), c);
        });
    });
}
