// SwiGLU and GELU: one read of each input and one write, some forty operations an element between them.
#include "cells.cuh"
#include "rows.cuh"

namespace granary::cuda {

namespace {

constexpr float kSqrt2OverPi = 0.79788456080286535588f;
constexpr float kCubic = 0.044715f;
constexpr float kInverseSqrt2 = 0.70710678118654752440f;
constexpr float kInverseSqrt2Pi = 0.39894228040143267794f;

__device__ __forceinline__ float sigmoid(float x) { return 1.0f / (1.0f + exp2f(-kLog2E * x)); }

struct Gating
{
    const void* gate_up;
    const void* dout;  // backward only
    void* to;          // out, or dgate_up
    int64_t rows;
    int64_t width;
    int32_t items;
};

template <typename T, int N>
__global__ void __launch_bounds__(kRowThreads) gate_forward(Gating g)
{
    const RowItem at = row_item();
    if (at.row >= g.rows || at.item >= g.items) {
        return;
    }
    const int64_t column = (int64_t)at.item * N;
    const T* from = static_cast<const T*>(g.gate_up) + at.row * 2 * g.width + column;
    float gate[N], up[N];
    load(from, gate);
    load(from + g.width, up);
#pragma unroll
    for (int i = 0; i < N; ++i) {
        up[i] *= gate[i] * sigmoid(gate[i]);
    }
    store(static_cast<T*>(g.to) + at.row * g.width + column, up);
}

template <typename T, int N>
__global__ void __launch_bounds__(kRowThreads) gate_backward(Gating g)
{
    const RowItem at = row_item();
    if (at.row >= g.rows || at.item >= g.items) {
        return;
    }
    const int64_t column = (int64_t)at.item * N;
    const int64_t offset = at.row * 2 * g.width + column;
    const T* from = static_cast<const T*>(g.gate_up) + offset;
    float gate[N], up[N], gradient[N];
    load(from, gate);
    load(from + g.width, up);
    load(static_cast<const T*>(g.dout) + at.row * g.width + column, gradient);
#pragma unroll
    for (int i = 0; i < N; ++i) {
        const float x = gate[i];
        const float s = sigmoid(x);
        gate[i] = gradient[i] * up[i] * s * (1.0f + x * (1.0f - s));
        up[i] = gradient[i] * x * s;
    }
    T* to = static_cast<T*>(g.to) + offset;
    store(to, gate);
    store(to + g.width, up);
}

template <int kKind>
__device__ __forceinline__ float gelu(float x)
{
    if constexpr (kKind == GN_GELU_ERF) {
        return 0.5f * x * (1.0f + erff(x * kInverseSqrt2));
    } else {
        // 0.5 * (1 + tanh(u)) = sigmoid(2u)
        return x * sigmoid(2.0f * (x * kSqrt2OverPi * (1.0f + kCubic * (x * x))));
    }
}

template <int kKind>
__device__ __forceinline__ float gelu_slope(float x)
{
    const float square = x * x;
    if constexpr (kKind == GN_GELU_ERF) {
        return 0.5f * (1.0f + erff(x * kInverseSqrt2)) + x * (kInverseSqrt2Pi * exp2f(-0.5f * kLog2E * square));
    } else {
        const float s = sigmoid(2.0f * (x * kSqrt2OverPi * (1.0f + kCubic * square)));
        return s + x * (2.0f * s * (1.0f - s)) * (kSqrt2OverPi * (1.0f + 3.0f * kCubic * square));
    }
}

// `dout` null: to = gelu(x), else to = dout * gelu'(x).
template <int kKind, typename T, int N>
__device__ __forceinline__ void apply_gelu(const T* x, const T* dout, T* to)
{
    float cells[N], gradient[N];
    load(x, cells);
    if (dout != nullptr) {
        load(dout, gradient);
    }
#pragma unroll
    for (int i = 0; i < N; ++i) {
        cells[i] = dout != nullptr ? gradient[i] * gelu_slope<kKind>(cells[i]) : gelu<kKind>(cells[i]);
    }
    store(to, cells);
}

// One vector a thread; the threads behind the last whole vector take what is left of it, an element each.
template <int kKind, typename T, int N, bool kBackward>
__global__ void __launch_bounds__(kRowThreads) gelu_cells(const T* x, const T* dout, T* to, int64_t count)
{
    const int64_t thread = (int64_t)blockIdx.x * kRowThreads + threadIdx.x;
    const int64_t vectors = count / N;
    if (thread < vectors) {
        const int64_t at = thread * N;
        apply_gelu<kKind, T, N>(x + at, kBackward ? dout + at : nullptr, to + at);
    } else if (vectors * N + (thread - vectors) < count) {
        const int64_t at = vectors * N + (thread - vectors);
        apply_gelu<kKind, T, 1>(x + at, kBackward ? dout + at : nullptr, to + at);
    }
}

template <int kKind, typename T, bool kBackward>
int32_t run_gelu(const char* function, const void* x, const void* dout, void* to, int64_t count)
{
    const auto start = [&](auto kernel, int64_t cells) {
        const int64_t blocks = divide_up(count / cells + count % cells, kRowThreads);
        return blocks > INT32_MAX
            ? refuse(function)
            : launch(function, kernel, dim3((unsigned)blocks), dim3(kRowThreads), 0, static_cast<const T*>(x),
                     static_cast<const T*>(dout), static_cast<T*>(to), count);
    };
    return are_vector_aligned(x, dout, to) ? start(gelu_cells<kKind, T, kCells<T>, kBackward>, kCells<T>)
                                           : start(gelu_cells<kKind, T, 1, kBackward>, 1);
}

template <bool kBackward>
int32_t gelu_call(const char* function, int32_t type, int32_t kind, const void* x, const void* dout, void* to, int64_t count)
{
    if (!is_type(type) || (kind != GN_GELU_TANH && kind != GN_GELU_ERF) || count < 0
        || (count > 0 && (x == nullptr || to == nullptr || (kBackward && dout == nullptr)))) {
        return refuse(function);
    }
    return with_type(type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        return kind == GN_GELU_TANH ? run_gelu<GN_GELU_TANH, T, kBackward>(function, x, dout, to, count)
                                    : run_gelu<GN_GELU_ERF, T, kBackward>(function, x, dout, to, count);
    });
}

bool is_valid_gating(int32_t type, const Gating& g)
{
    return is_type(type) && g.rows >= 0 && g.width > 0 && g.width <= INT32_MAX
        && (g.rows == 0 || (g.gate_up != nullptr && g.to != nullptr));
}

}  // namespace

}  // namespace granary::cuda

using namespace granary::cuda;

int32_t gn_cuda_swiglu_forward(int32_t type, const void* gate_up, void* out, int64_t rows, int64_t width)
{
    const Gating g{gate_up, nullptr, out, rows, width, 0};
    if (!is_valid_gating(type, g)) {
        return refuse(__func__);
    }
    const char* function = __func__;
    return with_type(type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        constexpr int kN = kCells<T>;
        Gating cells = g;
        const bool has_vectors = width % kN == 0 && are_vector_aligned(gate_up, out);
        cells.items = (int32_t)(has_vectors ? width / kN : width);
        return has_vectors ? launch_rows(function, gate_forward<T, kN>, rows, cells.items, cells)
                           : launch_rows(function, gate_forward<T, 1>, rows, cells.items, cells);
    });
}

int32_t gn_cuda_swiglu_backward(
    int32_t type, const void* gate_up, const void* dout, void* dgate_up, int64_t rows, int64_t width)
{
    const Gating g{gate_up, dout, dgate_up, rows, width, 0};
    if (!is_valid_gating(type, g) || (rows > 0 && dout == nullptr)) {
        return refuse(__func__);
    }
    const char* function = __func__;
    return with_type(type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        constexpr int kN = kCells<T>;
        Gating cells = g;
        const bool has_vectors = width % kN == 0 && are_vector_aligned(gate_up, dout, dgate_up);
        cells.items = (int32_t)(has_vectors ? width / kN : width);
        return has_vectors ? launch_rows(function, gate_backward<T, kN>, rows, cells.items, cells)
                           : launch_rows(function, gate_backward<T, 1>, rows, cells.items, cells);
    });
}

int32_t gn_cuda_gelu_forward(int32_t type, int32_t kind, const void* x, void* out, int64_t count)
{
    return gelu_call<false>(__func__, type, kind, x, nullptr, out, count);
}

int32_t gn_cuda_gelu_backward(int32_t type, int32_t kind, const void* x, const void* dout, void* dx, int64_t count)
{
    return gelu_call<true>(__func__, type, kind, x, dout, dx, count);
}
