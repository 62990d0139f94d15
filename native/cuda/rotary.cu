// Rotary embedding, and packing of heads' gradients into that of the fused projection. Both are one read and one write of
// the data; the tables are read once for each head of a row, from the first-level cache.
#include "cells.cuh"
#include "rows.cuh"

namespace granary::cuda {

namespace {

// (a, b) turned by the angle, or back.
template <int N>
__device__ __forceinline__ void turn(float (&a)[N], float (&b)[N], const float* cos, const float* sin, float direction)
{
    float c[N], s[N];
    load_floats(cos, 1.0f, c);
    load_floats(sin, 0.0f, s);
#pragma unroll
    for (int i = 0; i < N; ++i) {
        const float first = a[i];
        a[i] = first * c[i] - direction * s[i] * b[i];
        b[i] = b[i] * c[i] + direction * s[i] * first;
    }
}

struct Rotation
{
    void* data;
    int64_t rows;
    int64_t length;
    int64_t row_stride;
    int32_t half;
    int32_t items;  // of a row: heads * half / N
    const float* cos;
    const float* sin;
    float direction;
};

template <typename T, int N>
__global__ void __launch_bounds__(kRowThreads) rotate(Rotation r)
{
    const RowItem at = row_item();
    if (at.row >= r.rows || at.item >= r.items) {
        return;
    }
    const int per_head = r.half / N;
    const int head = at.item / per_head;
    const int within = (at.item - head * per_head) * N;
    const int64_t table = at.row % r.length * r.half + within;
    T* low = static_cast<T*>(r.data) + at.row * r.row_stride + (int64_t)head * 2 * r.half + within;
    float a[N], b[N];
    load(low, a);
    load(low + r.half, b);
    turn(a, b, r.cos + table, r.sin + table, r.direction);
    store(low, a);
    store(low + r.half, b);
}

struct Packing
{
    gn_cuda_heads from[3];  // q, k, v
    void* packed;
    int64_t rows;
    int64_t length;
    int32_t heads;
    int32_t key_heads;
    int32_t head_dim;
    int32_t items;  // of a row: one pair of halves each where they turn, else one vector each
    const float* cos;
    const float* sin;
};

template <typename T, int N, bool kTurns>
__global__ void __launch_bounds__(kRowThreads) pack_heads(Packing p)
{
    const RowItem at = row_item();
    if (at.row >= p.rows || at.item >= p.items) {
        return;
    }
    const int reach = kTurns ? p.head_dim / 2 : p.head_dim;
    const int per_head = reach / N;
    int head = at.item / per_head;
    const int within = (at.item - head * per_head) * N;
    T* to = static_cast<T*>(p.packed) + at.row * ((int64_t)(p.heads + 2 * p.key_heads) * p.head_dim)
        + (int64_t)head * p.head_dim + within;
    int which = 0;
    if (head >= p.heads) {
        which = head >= p.heads + p.key_heads ? 2 : 1;
        head -= which == 2 ? p.heads + p.key_heads : p.heads;
    }
    const gn_cuda_heads& source = which == 0 ? p.from[0] : which == 1 ? p.from[1] : p.from[2];
    const int64_t position = at.row % p.length;
    const T* from = static_cast<const T*>(source.data) + at.row / p.length * source.batch_stride + head * source.head_stride
        + position * source.row_stride + within;
    float a[N];
    load(from, a);
    if constexpr (kTurns) {
        float b[N];
        load(from + reach, b);
        if (which < 2) {
            turn(a, b, p.cos + position * reach + within, p.sin + position * reach + within, -1.0f);
        }
        store(to + reach, b);
    }
    store(to, a);
}

template <typename T>
bool has_vector_strides(const gn_cuda_heads& h)
{
    constexpr int kN = kCells<T>;
    return is_vector_aligned(h.data) && h.batch_stride % kN == 0 && h.head_stride % kN == 0 && h.row_stride % kN == 0;
}

template <typename T, int N>
int32_t pack_rows(const char* function, Packing p)
{
    const int64_t reach = p.cos != nullptr ? p.head_dim / 2 : p.head_dim;
    p.items = (int32_t)((p.heads + 2 * p.key_heads) * reach / N);
    return p.cos != nullptr ? launch_rows(function, pack_heads<T, N, true>, p.rows, p.items, p)
                            : launch_rows(function, pack_heads<T, N, false>, p.rows, p.items, p);
}

bool is_small(int64_t value) { return value > 0 && value <= INT32_MAX / 8; }

}  // namespace

}  // namespace granary::cuda

using namespace granary::cuda;

int32_t gn_cuda_rotary(
    int32_t type, void* data, int64_t rows, int64_t length, int64_t heads, int64_t head_dim, int64_t row_stride,
    const float* cos, const float* sin, int32_t inverse)
{
    if (!is_type(type) || rows < 0 || !is_small(head_dim) || head_dim % 2 != 0 || !is_small(heads)
        || !is_small(heads * head_dim)
        || (rows > 0
            && (length <= 0 || data == nullptr || cos == nullptr || sin == nullptr
                || (rows > 1 && row_stride < heads * head_dim)))) {
        return refuse(__func__);
    }
    const char* function = __func__;
    Rotation r{data, rows, length, row_stride, (int32_t)(head_dim / 2), 0, cos, sin, inverse != 0 ? -1.0f : 1.0f};
    return with_type(type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        constexpr int kN = kCells<T>;
        if (r.half % kN == 0 && row_stride % kN == 0 && are_vector_aligned(data, cos, sin)) {
            r.items = (int32_t)(heads * r.half / kN);
            return launch_rows(function, rotate<T, kN>, rows, r.items, r);
        }
        r.items = (int32_t)(heads * r.half);
        return launch_rows(function, rotate<T, 1>, rows, r.items, r);
    });
}

int32_t gn_cuda_pack_heads(
    int32_t type, const gn_cuda_heads* q, const gn_cuda_heads* k, const gn_cuda_heads* v, void* packed, int64_t batch,
    int64_t length, int64_t heads, int64_t key_heads, int64_t head_dim, const float* cos, const float* sin)
{
    if (!is_type(type) || batch < 0 || length < 0 || !is_small(head_dim) || !is_small(heads) || !is_small(key_heads)
        || !is_small((heads + 2 * key_heads) * head_dim) || (cos == nullptr) != (sin == nullptr)
        || (cos != nullptr && head_dim % 2 != 0) || q == nullptr || k == nullptr || v == nullptr) {
        return refuse(__func__);
    }
    const int64_t rows = batch * length;
    if (rows > 0 && (q->data == nullptr || k->data == nullptr || v->data == nullptr || packed == nullptr)) {
        return refuse(__func__);
    }
    const char* function = __func__;
    const Packing p{{*q, *k, *v}, packed, rows, length, (int32_t)heads, (int32_t)key_heads, (int32_t)head_dim, 0, cos, sin};
    return with_type(type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        constexpr int kN = kCells<T>;
        const int64_t reach = cos != nullptr ? head_dim / 2 : head_dim;
        const bool has_vectors = reach % kN == 0 && are_vector_aligned(packed, cos, sin) && has_vector_strides<T>(*q)
            && has_vector_strides<T>(*k) && has_vector_strides<T>(*v);
        return has_vectors ? pack_rows<T, kN>(function, p) : pack_rows<T, 1>(function, p);
    });
}
