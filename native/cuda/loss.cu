// Cross-entropy, a block for each row. The first pass reads the row once and keeps a running maximum and sum; the second
// reads it again, for 50 000 bfloat16 logits from the second-level cache: two blocks to a multiprocessor are 26 MB of rows.
#include "cells.cuh"

namespace granary::cuda {

namespace {

constexpr int kThreads = 512;
constexpr int kBlocksAtOnce = 2;
constexpr int kWarps = kThreads / kWarp;

struct LossRows
{
    void* logits;
    int64_t classes;
    int64_t row_stride;
    const int64_t* targets;
    const float* weights;
    float* losses;
};

// Sum of exp(x - maximum) over what has been seen.
struct RowSum
{
    float maximum;
    float total;
};

// e^(x - base). The difference is taken before it goes to base 2: logits of thousands would lose their bits there.
__device__ __forceinline__ float exp_above(float x, float base) { return exp2_of((x - base) * kLog2E); }

// All -inf so far: an exponent of -inf - -inf would be NaN, the sum is 0.
__device__ __forceinline__ float base_of(float maximum) { return maximum == -infinity() ? 0.0f : maximum; }

template <int N>
__device__ __forceinline__ void add(RowSum& row, const float (&x)[N])
{
    float best = row.maximum;
#pragma unroll
    for (int i = 0; i < N; ++i) {
        best = fmaxf(best, x[i]);
    }
    const float base = base_of(best);
    float sum = row.total * exp_above(row.maximum, base);
#pragma unroll
    for (int i = 0; i < N; ++i) {
        sum += exp_above(x[i], base);
    }
    row = {best, sum};
}

__device__ __forceinline__ RowSum join(RowSum a, RowSum b)
{
    const float best = fmaxf(a.maximum, b.maximum);
    const float base = base_of(best);
    return {best, a.total * exp_above(a.maximum, base) + b.total * exp_above(b.maximum, base)};
}

__device__ __forceinline__ RowSum block_join(RowSum row)
{
#pragma unroll
    for (int mask = kWarp / 2; mask > 0; mask /= 2) {
        // The lower lane's part goes first, so that both lanes get the same bits.
        const RowSum other{__shfl_xor_sync(kAllLanes, row.maximum, mask), __shfl_xor_sync(kAllLanes, row.total, mask)};
        row = (threadIdx.x & mask) == 0 ? join(row, other) : join(other, row);
    }
    __shared__ RowSum parts[kWarps];
    if (threadIdx.x % kWarp == 0) {
        parts[threadIdx.x / kWarp] = row;
    }
    __syncthreads();
    row = parts[0];
    for (int i = 1; i < kWarps; ++i) {
        row = join(row, parts[i]);
    }
    return row;
}

// body(length, index of the first) for all elements of a row: 16-byte vectors, and one by one what stands before the first
// 16-byte address and behind the last whole vector. Rows of 50 257 begin anywhere.
template <typename T, typename Body>
__device__ __forceinline__ void for_each_run(const T* row, int count, const Body& body)
{
    constexpr int kN = kCells<T>;
    const int past = (int)(reinterpret_cast<uintptr_t>(row) % 16 / sizeof(T));
    const int head = past == 0 ? 0 : (int)smaller(kN - past, count);
    const int vectors = (count - head) / kN;
    const int tail = head + vectors * kN;
    const int thread = (int)threadIdx.x;
    if (thread < head) {
        body(std::integral_constant<int, 1>{}, thread);
    }
#pragma unroll 4
    for (int v = thread; v < vectors; v += kThreads) {
        body(std::integral_constant<int, kN>{}, head + v * kN);
    }
    if (thread < count - tail) {
        body(std::integral_constant<int, 1>{}, tail + thread);
    }
}

template <typename T, bool kWritesGradient>
__global__ void __launch_bounds__(kThreads, kBlocksAtOnce) cross_entropy(LossRows r)
{
    const int64_t index = blockIdx.x;
    T* row = static_cast<T*>(r.logits) + index * r.row_stride;
    const auto classes = (int)r.classes;
    const int64_t target = r.targets[index];
    const bool is_inside = target >= 0 && target < classes;
    if (!is_inside) {
        const float value = target == GN_LOSS_IGNORED ? 0.0f : not_a_number();
        if (threadIdx.x == 0) {
            r.losses[index] = value;
        }
        if constexpr (kWritesGradient) {
            for_each_run(row, classes, [&](auto length, int first) {
                float cells[decltype(length)::value];
                for (float& cell : cells) {
                    cell = value;
                }
                store(row + first, cells);
            });
        }
        return;
    }
    RowSum sum{-infinity(), 0.0f};
    for_each_run(row, classes, [&](auto length, int first) {
        float cells[decltype(length)::value];
        load(row + first, cells);
        add(sum, cells);
    });
    float at_target[1];
    load(row + target, at_target);
    sum = block_join(sum);  // whose barrier stands between the reading of the target and the writing of the row
    const float weight = r.weights != nullptr ? r.weights[index] : 1.0f;
    if (threadIdx.x == 0) {
        r.losses[index] = weight * ((sum.maximum - at_target[0]) + logf(sum.total));
    }
    if constexpr (kWritesGradient) {
        const float factor = weight / sum.total;
        const auto hit = (int)target;
        for_each_run(row, classes, [&](auto length, int first) {
            constexpr int kN = decltype(length)::value;
            float cells[kN];
            load(row + first, cells);
#pragma unroll
            for (int i = 0; i < kN; ++i) {
                cells[i] = exp_above(cells[i], sum.maximum) * factor - (first + i == hit ? weight : 0.0f);
            }
            store(row + first, cells);
        });
    }
}

}  // namespace

}  // namespace granary::cuda

using namespace granary::cuda;

int32_t gn_cuda_cross_entropy(
    int32_t type, void* logits, int64_t rows, int64_t classes, int64_t row_stride, const int64_t* targets,
    const float* weights, float* losses, int32_t writes_gradient)
{
    if (!is_type(type) || rows < 0 || rows > INT32_MAX || classes <= 0 || classes > INT32_MAX / 2
        || (rows > 0 && (logits == nullptr || targets == nullptr || losses == nullptr || (rows > 1 && row_stride < classes)))) {
        return refuse(__func__);
    }
    const char* function = __func__;
    const LossRows r{logits, classes, row_stride, targets, weights, losses};
    return with_type(type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        return writes_gradient != 0
            ? launch(function, cross_entropy<T, true>, dim3((unsigned)rows), dim3(kThreads), 0, r)
            : launch(function, cross_entropy<T, false>, dim3((unsigned)rows), dim3(kThreads), 0, r);
    });
}
