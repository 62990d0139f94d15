// What attention's kernels share: the call, tiles of rows in shared memory, and the walk over the tiles a block takes part in.
#pragma once

#include "attention_mask.cuh"
#include "warp_matrix.cuh"

namespace granary::cuda {

struct AttentionCall
{
    MaskLaw law;
    int32_t batch;
    int32_t query_heads;
    int32_t key_heads;
    int32_t head_dim;
    float scale;
    bool has_vectors;  // every row of every tensor is whole vectors
    gn_cuda_heads q;
    gn_cuda_heads k;
    gn_cuda_heads v;
    gn_cuda_heads out;
    gn_cuda_heads dout;
    gn_cuda_heads dq;
    gn_cuda_heads dk;
    gn_cuda_heads dv;
    float* lse;
    const float* dlse;
    float* delta;
};

template <typename T>
struct Rows
{
    T* data;
    int64_t stride;
    int32_t count;  // rows that exist from `data` on; may be more than a tile's
};

template <typename T>
__device__ __forceinline__ Rows<T> rows_of(const gn_cuda_heads& heads, int64_t batch, int64_t head, int first, int length)
{
    return {static_cast<T*>(heads.data) + batch * heads.batch_stride + head * heads.head_stride + first * heads.row_stride,
            heads.row_stride, length - first};
}

// kRows rows into shared memory by the whole block, zeros where there is none and behind the head's elements. Ends before
// the vectors have arrived.
template <int kRows, int kDim, int kThreads, typename T>
__device__ __forceinline__ void load_tile(T* to, const Rows<T>& from, const AttentionCall& c)
{
    constexpr int kN = kCells<T>;
    constexpr int kVectors = kDim / kN;
#pragma unroll 2
    for (int i = (int)threadIdx.x; i < kRows * kVectors; i += kThreads) {
        const int row = i / kVectors;
        const int column = i % kVectors * kN;
        T* place = to + row * kPitch<T, kDim> + column;
        const T* source = from.data + row * from.stride + column;
        if (c.has_vectors) {
            const bool is_present = row < from.count && column < c.head_dim;
            copy_async(place, is_present ? source : from.data, is_present);
        } else {
            for (int e = 0; e < kN; ++e) {
                place[e] = row < from.count && column + e < c.head_dim ? source[e] : T{};
            }
        }
    }
}

// Writes a warp's 16 x kColumns fragment to rows of a tensor, by way of shared memory so that lanes write neighbours.
// `rows` is the place of the warp's rows in a tile nobody reads any more.
template <int kColumns, int kDim, typename T>
__device__ __forceinline__ void write_fragment(const float (&cells)[kColumns / 8][4], int first_column, T* rows, const Rows<T>& to,
                                               const AttentionCall& c)
{
    constexpr int kN = kCells<T>;
    constexpr int kVectors = kColumns / kN;
    const int lane = lane_index();
    T* place = rows + lane / 4 * kPitch<T, kDim> + first_column + lane % 4 * 2;
    __syncwarp();
#pragma unroll
    for (int n = 0; n < kColumns; n += 8) {
        store_pair(place + n, cells[n / 8][0], cells[n / 8][1]);
        store_pair(place + 8 * kPitch<T, kDim> + n, cells[n / 8][2], cells[n / 8][3]);
    }
    __syncwarp();
    for (int i = lane; i < 16 * kVectors; i += kWarp) {
        const int row = i / kVectors;
        const int column = first_column + i % kVectors * kN;
        if (row >= to.count || column >= c.head_dim) {
            continue;
        }
        const T* from = rows + row * kPitch<T, kDim> + column;
        T* target = to.data + row * to.stride + column;
        if (c.has_vectors) {
            *reinterpret_cast<Packed<T, kN>*>(target) = load_packed<kN>(from);
        } else {
            for (int e = 0; e < kN && column + e < c.head_dim; ++e) {
                target[e] = from[e];
            }
        }
    }
}

// For every tile of keys, or of queries, that `fixed`, a tile of the other side, takes part in, in order: start(tile, buffer)
// sends for it, land(buffer) stores what start() has put into registers, and finish(tile, buffer, is_full) works on it. While
// one is finished the next is on its way into the other buffer; a barrier stands between. Ends with a barrier.
template <bool kKeys, int kTile, int kWarps, typename Start, typename Land, typename Finish>
__device__ __forceinline__ void for_each_visible_tile(const MaskLaw& law, int64_t batch, const Extent& fixed, TileBits& bits,
                                                      const Start& start, const Land& land, const Finish& finish)
{
    const int length = kKeys ? law.key_length : law.query_length;
    const int tiles = (length + kTile - 1) / kTile;
    for (int first = 0; first < tiles; first += kTilesAtOnce) {
        find_tiles<kKeys, kTile, kWarps>(law, batch, fixed, first, bits);
        __syncthreads();
        int current = -1;
        int buffer = 0;
        int next = next_visible(bits, -1);
        while (current >= 0 || next >= 0) {
            if (current >= 0) {
                wait_for_copies();
                __syncthreads();
            }
            if (next >= 0) {
                start(first + next, buffer ^ 1);
            }
            if (current >= 0) {
                finish(first + current, buffer, (bits.full[current / 32] >> current % 32 & 1u) != 0);
            }
            if (next >= 0) {
                land(buffer ^ 1);
            }
            current = next;
            buffer ^= 1;
            next = next >= 0 ? next_visible(bits, next) : -1;
        }
        __syncthreads();
    }
}

bool is_valid_attention(int32_t type, const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask);

// The call without its tensors; mask null: full.
AttentionCall attention_call(const gn_kernels_attention_shape& shape, const gn_kernels_attention_mask* mask);

template <typename T>
bool has_vector_rows(const AttentionCall& c, const gn_cuda_heads& heads)
{
    constexpr int kN = kCells<T>;
    return c.head_dim % kN == 0 && is_vector_aligned(heads.data) && heads.batch_stride % kN == 0 && heads.head_stride % kN == 0
        && heads.row_stride % kN == 0;
}

// body(std::integral_constant) for the smallest width of tiles that holds a head.
template <typename Body>
int32_t with_head_dim(int32_t head_dim, const Body& body)
{
    if (head_dim <= 32) {
        return body(std::integral_constant<int, 32>{});
    }
    if (head_dim <= 64) {
        return body(std::integral_constant<int, 64>{});
    }
    return head_dim <= 128 ? body(std::integral_constant<int, 128>{}) : body(std::integral_constant<int, 256>{});
}

}  // namespace granary::cuda
