// LayerNorm and RMSNorm. A row up to 8192 wide is read once and stays in registers: 1024 and less in one warp's, four rows
// to a block, more in a block's. Wider rows and those that are not made of 16-byte vectors are read again for each pass.
#include "cells.cuh"
#include "reductions.cuh"

namespace granary::cuda {

namespace {

constexpr int kRowsPerBlock = 4;
constexpr int kWideThreads = 256;

// A row of up to 8-element groups: kSteps vectors in each of kThreads threads, kThreads apart.
template <int kElements, int kRowThreads>
struct RowLayout
{
    static constexpr int kPerThread = kElements;
    static constexpr int kThreads = kRowThreads;
    static constexpr int kRows = kRowThreads == kWarp ? kRowsPerBlock : 1;
    static constexpr int kBlockThreads = kThreads * kRows;
};

template <typename T, typename Layout>
struct RowVectors
{
    static constexpr int kN = kCells<T>;
    static constexpr int kSteps = Layout::kPerThread / kN;
};

// (x - mean) * rstd * gamma + beta for one vector; beta null for RMSNorm.
template <int N>
__device__ __forceinline__ void scale_and_shift(float (&values)[N], float mean, float rstd, const float* gamma,
                                                const float* beta)
{
    float scale[N], shift[N];
    load_floats(gamma, 1.0f, scale);
    load_floats(beta, 0.0f, shift);
#pragma unroll
    for (int i = 0; i < N; ++i) {
        values[i] = (values[i] - mean) * rstd * scale[i] + shift[i];
    }
}

__device__ __forceinline__ const float* offset_or_null(const float* from, int64_t offset)
{
    return from != nullptr ? from + offset : nullptr;
}

template <typename T, int kKind, typename Layout>
__global__ void __launch_bounds__(Layout::kBlockThreads, 768 / Layout::kBlockThreads) normalise_rows(gn_cuda_norm n)
{
    constexpr int kN = RowVectors<T, Layout>::kN;
    constexpr int kSteps = RowVectors<T, Layout>::kSteps;
    const int64_t row = (int64_t)blockIdx.x * Layout::kRows + threadIdx.y;
    if (row >= n.rows) {
        return;  // a whole warp
    }
    const int width = (int)n.width;
    const int64_t first = row * width;
    const T* x = static_cast<const T*>(n.x) + first;
    float values[kSteps][kN] = {};
#pragma unroll
    for (int s = 0; s < kSteps; ++s) {
        const int at = ((int)threadIdx.x + s * Layout::kThreads) * kN;
        if (at < width) {
            load(x + at, values[s]);
        }
    }
    if (n.delta != nullptr) {
        const T* delta = static_cast<const T*>(n.delta) + first;
        T* sum = static_cast<T*>(n.sum) + first;
        Packed<T, kN> added[kSteps];
#pragma unroll
        for (int s = 0; s < kSteps; ++s) {
            const int at = ((int)threadIdx.x + s * Layout::kThreads) * kN;
            if (at < width) {
                added[s] = load_packed<kN>(delta + at);
            }
        }
#pragma unroll
        for (int s = 0; s < kSteps; ++s) {
            const int at = ((int)threadIdx.x + s * Layout::kThreads) * kN;
            if (at < width) {
                float more[kN];
                unpack(added[s], more);
#pragma unroll
                for (int i = 0; i < kN; ++i) {
                    values[s][i] += more[i];
                }
                pack(values[s], added[s]);
                unpack(added[s], values[s]);
                *reinterpret_cast<Packed<T, kN>*>(sum + at) = added[s];
            }
        }
    }
    float mean = 0.0f;
    if constexpr (kKind == GN_CUDA_LAYER_NORM) {
        float total[1] = {};
#pragma unroll
        for (int s = 0; s < kSteps; ++s) {
#pragma unroll
            for (int i = 0; i < kN; ++i) {
                total[0] += values[s][i];
            }
        }
        row_sums<Layout::kThreads>(total);
        mean = total[0] / (float)width;
    }
    float squares[1] = {};
#pragma unroll
    for (int s = 0; s < kSteps; ++s) {
        if (((int)threadIdx.x + s * Layout::kThreads) * kN < width) {
#pragma unroll
            for (int i = 0; i < kN; ++i) {
                squares[0] += (values[s][i] - mean) * (values[s][i] - mean);
            }
        }
    }
    row_sums<Layout::kThreads>(squares);
    const float rstd = 1.0f / sqrtf(squares[0] / (float)width + (float)n.eps);
    if (threadIdx.x == 0) {
        n.rstd[row] = rstd;
        if constexpr (kKind == GN_CUDA_LAYER_NORM) {
            n.mean[row] = mean;
        }
    }
    T* y = static_cast<T*>(n.y) + first;
#pragma unroll
    for (int s = 0; s < kSteps; ++s) {
        const int at = ((int)threadIdx.x + s * Layout::kThreads) * kN;
        if (at < width) {
            scale_and_shift(values[s], mean, rstd, offset_or_null(n.gamma, at), offset_or_null(n.beta, at));
            store(y + at, values[s]);
        }
    }
}

// Any width: a block's threads walk along the row three times; a thread reads again only what it wrote itself.
template <typename T, int kKind, int N>
__global__ void __launch_bounds__(kWideThreads) normalise_wide_rows(gn_cuda_norm n)
{
    const int64_t first = (int64_t)blockIdx.x * n.width;
    const T* x = static_cast<const T*>(n.x) + first;
    const T* delta = n.delta != nullptr ? static_cast<const T*>(n.delta) + first : nullptr;
    const T* from = n.delta != nullptr ? static_cast<const T*>(n.sum) + first : x;
    constexpr int kStride = kWideThreads * N;
    const int64_t begin = (int64_t)threadIdx.x * N;
    float sums[1] = {};
    for (int64_t at = begin; at < n.width; at += kStride) {
        float values[N];
        load(x + at, values);
        if (delta != nullptr) {
            float more[N];
            load(delta + at, more);
#pragma unroll
            for (int i = 0; i < N; ++i) {
                values[i] += more[i];
            }
            T* sum = static_cast<T*>(n.sum) + first + at;
            store(sum, values);
            load(sum, values);
        }
#pragma unroll
        for (int i = 0; i < N; ++i) {
            sums[0] += kKind == GN_CUDA_LAYER_NORM ? values[i] : values[i] * values[i];
        }
    }
    row_sums<kWideThreads>(sums);
    float mean = 0.0f;
    if constexpr (kKind == GN_CUDA_LAYER_NORM) {
        mean = sums[0] / (float)n.width;
        sums[0] = 0.0f;
        for (int64_t at = begin; at < n.width; at += kStride) {
            float values[N];
            load(from + at, values);
#pragma unroll
            for (int i = 0; i < N; ++i) {
                sums[0] += (values[i] - mean) * (values[i] - mean);
            }
        }
        row_sums<kWideThreads>(sums);
    }
    const float rstd = 1.0f / sqrtf(sums[0] / (float)n.width + (float)n.eps);
    if (threadIdx.x == 0) {
        n.rstd[blockIdx.x] = rstd;
        if constexpr (kKind == GN_CUDA_LAYER_NORM) {
            n.mean[blockIdx.x] = mean;
        }
    }
    for (int64_t at = begin; at < n.width; at += kStride) {
        float values[N];
        load(from + at, values);
        scale_and_shift(values, mean, rstd, offset_or_null(n.gamma, at), offset_or_null(n.beta, at));
        store(static_cast<T*>(n.y) + first + at, values);
    }
}

// With n the normalised row and g = dy * gamma: dx = rstd * (g - mean(g) - n * mean(g * n)), without mean(g) for RMS.
template <int N>
__device__ __forceinline__ void differentiate(const float (&x)[N], const float (&dy)[N], const float (&gamma)[N],
                                              float mean, float rstd, float mean_g, float mean_gn, float (&dx)[N])
{
#pragma unroll
    for (int i = 0; i < N; ++i) {
        dx[i] = rstd * (dy[i] * gamma[i] - mean_g - (x[i] - mean) * rstd * mean_gn);
    }
}

// Blocks that share a multiprocessor: what their registers allow without spilling. fp32 rows take twice as many as bf16
// ones, so half the blocks have as many bytes in flight.
template <typename T, int kKind, typename Layout>
constexpr int kBackwardThreads = sizeof(T) == 4 ? 256 : kKind == GN_CUDA_LAYER_NORM && Layout::kPerThread == 32 ? 384 : 512;

template <typename T, int kKind, typename Layout>
constexpr int kBackwardBlocks = kBackwardThreads<T, kKind, Layout> / Layout::kBlockThreads;

// Blocks stay and walk over the rows, so that the sums for gamma and beta are kept in registers until the end.
template <typename T, int kKind, typename Layout>
__global__ void __launch_bounds__(Layout::kBlockThreads, kBackwardBlocks<T, kKind, Layout>)
    differentiate_rows(gn_cuda_norm_gradient b)
{
    constexpr int kN = RowVectors<T, Layout>::kN;
    constexpr int kSteps = RowVectors<T, Layout>::kSteps;
    const int width = (int)b.width;
    float dgamma[kSteps][kN] = {};
    float dbeta[kSteps][kN] = {};
    for (int64_t row = (int64_t)blockIdx.x * Layout::kRows + threadIdx.y; row < b.rows;
         row += (int64_t)gridDim.x * Layout::kRows) {
        const int64_t first = row * width;
        Packed<T, kN> x[kSteps], dy[kSteps], dsum[kSteps];
#pragma unroll
        for (int s = 0; s < kSteps; ++s) {
            const int at = ((int)threadIdx.x + s * Layout::kThreads) * kN;
            if (at < width) {
                x[s] = load_packed<kN>(static_cast<const T*>(b.x) + first + at);
                dy[s] = load_packed<kN>(static_cast<const T*>(b.dy) + first + at);
                if (b.dsum != nullptr) {
                    dsum[s] = load_packed<kN>(static_cast<const T*>(b.dsum) + first + at);
                }
            }
        }
        const float mean = kKind == GN_CUDA_LAYER_NORM ? b.mean[row] : 0.0f;
        const float rstd = b.rstd[row];
        float sums[2] = {};  // of g * n, of g
#pragma unroll
        for (int s = 0; s < kSteps; ++s) {
            const int at = ((int)threadIdx.x + s * Layout::kThreads) * kN;
            if (at < width) {
                float cells[kN], gradient[kN], gamma[kN];
                unpack(x[s], cells);
                unpack(dy[s], gradient);
                load_floats(offset_or_null(b.gamma, at), 1.0f, gamma);
#pragma unroll
                for (int i = 0; i < kN; ++i) {
                    const float n = (cells[i] - mean) * rstd;
                    const float g = gradient[i] * gamma[i];
                    sums[0] += g * n;
                    dgamma[s][i] += gradient[i] * n;
                    if constexpr (kKind == GN_CUDA_LAYER_NORM) {
                        sums[1] += g;
                        dbeta[s][i] += gradient[i];
                    }
                }
            }
        }
        row_sums<Layout::kThreads>(sums);
        const float mean_gn = sums[0] / (float)width;
        const float mean_g = kKind == GN_CUDA_LAYER_NORM ? sums[1] / (float)width : 0.0f;
#pragma unroll
        for (int s = 0; s < kSteps; ++s) {
            const int at = ((int)threadIdx.x + s * Layout::kThreads) * kN;
            if (at < width) {
                float cells[kN], gradient[kN], gamma[kN], dx[kN];
                unpack(x[s], cells);
                unpack(dy[s], gradient);
                load_floats(offset_or_null(b.gamma, at), 1.0f, gamma);
                differentiate(cells, gradient, gamma, mean, rstd, mean_g, mean_gn, dx);
                if (b.dsum != nullptr) {
                    float past[kN];
                    unpack(dsum[s], past);
#pragma unroll
                    for (int i = 0; i < kN; ++i) {
                        dx[i] += past[i];
                    }
                }
                store(static_cast<T*>(b.dx) + first + at, dx);
            }
        }
    }
    if (b.scratch == nullptr) {
        return;
    }
    float* partials = b.scratch + blockIdx.x * b.width;
    const int64_t beta_offset = (int64_t)gridDim.x * b.width;
    __shared__ float4 gathered[kRowsPerBlock == Layout::kRows ? Layout::kPerThread * kWarp / 4 : 1];
    float* sums = reinterpret_cast<float*>(gathered);
#pragma unroll
    for (int which = 0; which < (kKind == GN_CUDA_LAYER_NORM ? 2 : 1); ++which) {
        // The block's warps one after another: the sum is the same every time.
        for (int warp = 0; warp < Layout::kRows; ++warp) {
            if ((int)threadIdx.y == warp) {
#pragma unroll
                for (int s = 0; s < kSteps; ++s) {
                    const int at = ((int)threadIdx.x + s * Layout::kThreads) * kN;
                    if (at < width) {
#pragma unroll
                        for (int i = 0; i < kN; ++i) {
                            const float part = which == 0 ? dgamma[s][i] : dbeta[s][i];
                            const float total = warp > 0 ? sums[at + i] + part : part;
                            if (warp + 1 < Layout::kRows) {
                                sums[at + i] = total;
                            } else {
                                partials[which * beta_offset + at + i] = total;
                            }
                        }
                    }
                }
            }
            if (Layout::kRows > 1) {
                __syncthreads();
            }
        }
    }
}

template <typename T, int kKind, int N>
__global__ void __launch_bounds__(kWideThreads, 4) differentiate_wide_rows(gn_cuda_norm_gradient b)
{
    constexpr int kStride = kWideThreads * N;
    const int64_t begin = (int64_t)threadIdx.x * N;
    float* dgamma = b.scratch != nullptr ? b.scratch + blockIdx.x * b.width : nullptr;
    float* dbeta = b.scratch != nullptr ? b.scratch + (gridDim.x + blockIdx.x) * b.width : nullptr;
    for (int64_t row = blockIdx.x; row < b.rows; row += gridDim.x) {
        const int64_t first = row * b.width;
        const float mean = kKind == GN_CUDA_LAYER_NORM ? b.mean[row] : 0.0f;
        const float rstd = b.rstd[row];
        float sums[2] = {};
        for (int64_t at = begin; at < b.width; at += kStride) {
            float cells[N], gradient[N], gamma[N];
            load(static_cast<const T*>(b.x) + first + at, cells);
            load(static_cast<const T*>(b.dy) + first + at, gradient);
            load_floats(offset_or_null(b.gamma, at), 1.0f, gamma);
#pragma unroll
            for (int i = 0; i < N; ++i) {
                const float n = (cells[i] - mean) * rstd;
                sums[0] += gradient[i] * gamma[i] * n;
                sums[1] += gradient[i] * gamma[i];
                if (dgamma != nullptr) {
                    const bool is_first = row == blockIdx.x;
                    dgamma[at + i] = (is_first ? 0.0f : dgamma[at + i]) + gradient[i] * n;
                    if constexpr (kKind == GN_CUDA_LAYER_NORM) {
                        dbeta[at + i] = (is_first ? 0.0f : dbeta[at + i]) + gradient[i];
                    }
                }
            }
        }
        row_sums<kWideThreads>(sums);
        const float mean_gn = sums[0] / (float)b.width;
        const float mean_g = kKind == GN_CUDA_LAYER_NORM ? sums[1] / (float)b.width : 0.0f;
        for (int64_t at = begin; at < b.width; at += kStride) {
            float cells[N], gradient[N], gamma[N], dx[N];
            load(static_cast<const T*>(b.x) + first + at, cells);
            load(static_cast<const T*>(b.dy) + first + at, gradient);
            load_floats(offset_or_null(b.gamma, at), 1.0f, gamma);
            differentiate(cells, gradient, gamma, mean, rstd, mean_g, mean_gn, dx);
            if (b.dsum != nullptr) {
                float past[N];
                load(static_cast<const T*>(b.dsum) + first + at, past);
#pragma unroll
                for (int i = 0; i < N; ++i) {
                    dx[i] += past[i];
                }
            }
            store(static_cast<T*>(b.dx) + first + at, dx);
        }
    }
}

// body(layout) for the registers that a row of `width` takes; widths of more than kMostRegisterWidth have none.
constexpr int64_t kMostRegisterWidth = 8192;

template <typename Body>
int32_t with_layout(int64_t width, const Body& body)
{
    if (width <= 256) {
        return body(RowLayout<8, kWarp>{});
    }
    if (width <= 512) {
        return body(RowLayout<16, kWarp>{});
    }
    if (width <= 768) {
        return body(RowLayout<24, kWarp>{});
    }
    if (width <= 1024) {
        return body(RowLayout<32, kWarp>{});
    }
    if (width <= 2048) {
        return body(RowLayout<16, 128>{});
    }
    if (width <= 3072) {
        return body(RowLayout<24, 128>{});
    }
    if (width <= 4096) {
        return body(RowLayout<32, 128>{});
    }
    return width <= 6144 ? body(RowLayout<24, 256>{}) : body(RowLayout<32, 256>{});
}

template <typename T, int kKind>
int32_t forward(const char* function, const gn_cuda_norm& n)
{
    const bool has_vectors = n.width % kCells<T> == 0 && are_vector_aligned(n.x, n.delta, n.sum, n.gamma, n.beta, n.y);
    if (!has_vectors) {
        return launch(function, normalise_wide_rows<T, kKind, 1>, dim3((unsigned)n.rows), dim3(kWideThreads), 0, n);
    }
    if (n.width > kMostRegisterWidth) {
        return launch(function, normalise_wide_rows<T, kKind, kCells<T>>, dim3((unsigned)n.rows), dim3(kWideThreads), 0, n);
    }
    return with_layout(n.width, [&](auto layout) {
        using Layout = decltype(layout);
        return launch(function, normalise_rows<T, kKind, Layout>, dim3((unsigned)divide_up(n.rows, Layout::kRows)),
                      dim3(Layout::kThreads, Layout::kRows), 0, n);
    });
}

template <typename T, int kKind>
int32_t backward(const char* function, gn_cuda_norm_gradient b)
{
    const bool has_vectors = b.width % kCells<T> == 0 && are_vector_aligned(b.x, b.gamma, b.dy, b.dsum, b.dx);
    const bool has_parameters = b.dgamma != nullptr || b.dbeta != nullptr;
    b.scratch = has_parameters ? b.scratch : nullptr;
    int64_t parts = 0;
    const auto start = [&](auto kernel, int64_t most_parts, int64_t rows_at_once, dim3 block) {
        parts = smaller(most_parts, divide_up(b.rows, rows_at_once));
        return launch(function, kernel, dim3((unsigned)parts), block, 0, b);
    };
    int32_t status;
    if (!has_vectors) {
        status = start(differentiate_wide_rows<T, kKind, 1>, kMostParts, 1, dim3(kWideThreads));
    } else if (b.width > kMostRegisterWidth) {
        status = start(differentiate_wide_rows<T, kKind, kCells<T>>, kMostParts, 1, dim3(kWideThreads));
    } else {
        status = with_layout(b.width, [&](auto layout) {
            using Layout = decltype(layout);
            return start(differentiate_rows<T, kKind, Layout>, kMostParts / 4 * kBackwardBlocks<T, kKind, Layout>, Layout::kRows,
                         dim3(Layout::kThreads, Layout::kRows));
        });
    }
    if (status != GN_OK || !has_parameters) {
        return status;
    }
    return add_partials(function, {b.scratch, parts, b.width, {b.dgamma, b.dbeta}, b.accumulate});
}

template <typename Body>
int32_t with_kind(int32_t type, int32_t kind, const Body& body)
{
    return with_type(type, [&](auto tag) {
        return kind == GN_CUDA_LAYER_NORM ? body(tag, std::integral_constant<int, GN_CUDA_LAYER_NORM>{})
                                          : body(tag, std::integral_constant<int, GN_CUDA_RMS_NORM>{});
    });
}

bool is_valid(int32_t type, int32_t kind, int64_t rows, int64_t width)
{
    return is_type(type) && (kind == GN_CUDA_RMS_NORM || kind == GN_CUDA_LAYER_NORM) && rows >= 0 && rows <= INT32_MAX
        && width > 0;
}

}  // namespace

}  // namespace granary::cuda

using namespace granary::cuda;

int32_t gn_cuda_norm_forward(const gn_cuda_norm* norm)
{
    if (norm == nullptr || !is_valid(norm->type, norm->kind, norm->rows, norm->width)) {
        return refuse(__func__);
    }
    const gn_cuda_norm& n = *norm;
    const bool is_layer = n.kind == GN_CUDA_LAYER_NORM;
    if ((n.delta == nullptr) != (n.sum == nullptr) || (!is_layer && n.beta != nullptr)
        || (n.rows > 0 && (n.x == nullptr || n.y == nullptr || n.rstd == nullptr || (is_layer && n.mean == nullptr)))) {
        return refuse(__func__);
    }
    const char* function = __func__;
    return with_kind(n.type, n.kind, [&](auto tag, auto kind) {
        return forward<typename decltype(tag)::Type, decltype(kind)::value>(function, n);
    });
}

int32_t gn_cuda_norm_backward(const gn_cuda_norm_gradient* gradient)
{
    if (gradient == nullptr || !is_valid(gradient->type, gradient->kind, gradient->rows, gradient->width)) {
        return refuse(__func__);
    }
    const gn_cuda_norm_gradient& b = *gradient;
    const bool is_layer = b.kind == GN_CUDA_LAYER_NORM;
    if ((!is_layer && b.dbeta != nullptr) || (b.rows > 0 && (b.dgamma != nullptr || b.dbeta != nullptr) && b.scratch == nullptr)
        || (b.rows > 0
            && (b.x == nullptr || b.rstd == nullptr || b.dy == nullptr || b.dx == nullptr
                || (is_layer && b.mean == nullptr)))) {
        return refuse(__func__);
    }
    const char* function = __func__;
    return with_kind(b.type, b.kind, [&](auto tag, auto kind) {
        return backward<typename decltype(tag)::Type, decltype(kind)::value>(function, b);
    });
}
