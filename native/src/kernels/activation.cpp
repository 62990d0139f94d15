// SwiGLU and GELU, vectorised through vector_math.h: about 25 operations per 16 elements, near what memory allows.
#include "granary/kernels_activation.h"

#include "row_reduction.h"
#include "vector_math.h"

namespace granary::kernels {

namespace {

using Matrix = gn_kernels_activation_matrix;

constexpr float kSqrt2OverPi = 0.79788456080286535588f;
constexpr float kCubic = 0.044715f;
constexpr float kInverseSqrt2 = 0.70710678118654752440f;
constexpr float kInverseSqrt2Pi = 0.39894228040143267794f;

bool is_valid(const Matrix* m, int64_t rows, int64_t width)
{
    return m != nullptr && (rows == 0 || m->data != nullptr) && (rows <= 1 || m->row_stride >= width);
}

bool is_valid_size(int64_t rows, int64_t width, int32_t threads) { return rows >= 0 && width > 0 && threads >= 0; }

float* row_of(const Matrix& m, int64_t row) { return m.data + row * m.row_stride; }

template <typename Body>
void for_each_row(int64_t rows, int64_t width, int32_t threads, const Body& body)
{
    for_each_share(rows, divide_up(8192, width), threads, [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
            body(row);
        }
    });
}

struct GeluTanh
{
    static GN_INLINE Floats value(Floats x)
    {
        const Floats inner = x * kSqrt2OverPi * (1.0f + kCubic * (x * x));
        return x * sigmoid_of(2.0f * inner);  // 0.5 * (1 + tanh(u)) = sigmoid(2u), without tanh's two branches
    }

    static GN_INLINE Floats slope(Floats x)
    {
        const Floats square = x * x;
        const Floats s = sigmoid_of(2.0f * (x * kSqrt2OverPi * (1.0f + kCubic * square)));
        const Floats inner_slope = kSqrt2OverPi * (1.0f + 3.0f * kCubic * square);
        return s + x * (2.0f * s * (1.0f - s)) * inner_slope;
    }
};

struct GeluErf
{
    static GN_INLINE Floats value(Floats x) { return 0.5f * x * (1.0f + erf_of(x * kInverseSqrt2)); }

    static GN_INLINE Floats slope(Floats x)
    {
        return 0.5f * (1.0f + erf_of(x * kInverseSqrt2)) + x * (kInverseSqrt2Pi * exp_of(-0.5f * (x * x)));
    }
};

GN_INLINE Floats biased(const float* x, const float* bias, int64_t i, int count)
{
    return bias != nullptr ? load_up_to(x + i, count) + load_up_to(bias + i, count) : load_up_to(x + i, count);
}

template <typename Gelu>
void gelu_forward(const Matrix& x, const float* bias, const Matrix& out, int64_t rows, int64_t width, int32_t threads)
{
    for_each_row(rows, width, threads, [&](int64_t row) {
        const float* from = row_of(x, row);
        float* to = row_of(out, row);
        for_each_vector(width, [&](int64_t i, int count) {
            store_up_to(to + i, Gelu::value(biased(from, bias, i, count)), count);
        });
    });
}

template <typename Gelu>
void gelu_backward(const Matrix& x, const float* bias, const Matrix& dout, const Matrix& dx, float* dbias, int64_t rows,
                   int64_t width, int32_t threads)
{
    const RowShares shares(rows);
    const int64_t stride = round_up(width, 16);
    const ScratchSet scratch(1, dbias != nullptr ? shares.count * stride : 0);
    float* partials = scratch.piece(0);
    for_each_task(shares.count, threads, [&](int64_t share, int) {
        float* part = dbias != nullptr ? partials + share * stride : nullptr;
        if (part != nullptr) {
            std::fill(part, part + stride, 0.0f);
        }
        for (int64_t row = shares.begin(share); row < shares.begin(share + 1); ++row) {
            const float* from = row_of(x, row);
            const float* gradient = row_of(dout, row);
            float* to = row_of(dx, row);
            for_each_vector(width, [&](int64_t i, int count) {
                const Floats d = load_up_to(gradient + i, count) * Gelu::slope(biased(from, bias, i, count));
                store_up_to(to + i, d, count);
                if (part != nullptr) {
                    store_up_to(part + i, load_up_to(part + i, count) + d, count);
                }
            });
        }
    });
    if (dbias != nullptr) {
        add_partials(partials, stride, shares.count, width, dbias, threads);
    }
}

}  // namespace

}  // namespace granary::kernels

using namespace granary::kernels;

extern "C" int32_t gn_kernels_activation_swiglu_forward(
    const gn_kernels_activation_matrix* gate, const gn_kernels_activation_matrix* up,
    const gn_kernels_activation_matrix* out, int64_t rows, int64_t width, int32_t threads)
{
    if (!is_valid_size(rows, width, threads) || !is_valid(gate, rows, width) || !is_valid(up, rows, width)
        || !is_valid(out, rows, width)) {
        return refuse(__func__);
    }
    for_each_row(rows, width, threads, [&](int64_t row) {
        const float* g = row_of(*gate, row);
        const float* u = row_of(*up, row);
        float* to = row_of(*out, row);
        for_each_vector(width, [&](int64_t i, int count) {
            const Floats x = load_up_to(g + i, count);
            store_up_to(to + i, x * sigmoid_of(x) * load_up_to(u + i, count), count);
        });
    });
    return GN_OK;
}

extern "C" int32_t gn_kernels_activation_swiglu_backward(
    const gn_kernels_activation_matrix* gate, const gn_kernels_activation_matrix* up,
    const gn_kernels_activation_matrix* dout, const gn_kernels_activation_matrix* dgate,
    const gn_kernels_activation_matrix* dup, int64_t rows, int64_t width, int32_t threads)
{
    if (!is_valid_size(rows, width, threads) || !is_valid(gate, rows, width) || !is_valid(up, rows, width)
        || !is_valid(dout, rows, width) || !is_valid(dgate, rows, width) || !is_valid(dup, rows, width)) {
        return refuse(__func__);
    }
    for_each_row(rows, width, threads, [&](int64_t row) {
        const float* g = row_of(*gate, row);
        const float* u = row_of(*up, row);
        const float* d = row_of(*dout, row);
        float* to_gate = row_of(*dgate, row);
        float* to_up = row_of(*dup, row);
        for_each_vector(width, [&](int64_t i, int count) {
            const Floats x = load_up_to(g + i, count);
            const Floats s = sigmoid_of(x);
            const Floats gradient = load_up_to(d + i, count);
            const Floats up_value = load_up_to(u + i, count);
            store_up_to(to_gate + i, gradient * up_value * s * (1.0f + x * (1.0f - s)), count);
            store_up_to(to_up + i, gradient * x * s, count);
        });
    });
    return GN_OK;
}

extern "C" int32_t gn_kernels_activation_gelu_forward(
    int32_t kind, const gn_kernels_activation_matrix* x, const float* bias, const gn_kernels_activation_matrix* out,
    int64_t rows, int64_t width, int32_t threads)
{
    if (!is_valid_size(rows, width, threads) || !is_valid(x, rows, width) || !is_valid(out, rows, width)
        || (kind != GN_GELU_TANH && kind != GN_GELU_ERF)) {
        return refuse(__func__);
    }
    if (kind == GN_GELU_TANH) {
        gelu_forward<GeluTanh>(*x, bias, *out, rows, width, threads);
    } else {
        gelu_forward<GeluErf>(*x, bias, *out, rows, width, threads);
    }
    return GN_OK;
}

extern "C" int32_t gn_kernels_activation_gelu_backward(
    int32_t kind, const gn_kernels_activation_matrix* x, const float* bias, const gn_kernels_activation_matrix* dout,
    const gn_kernels_activation_matrix* dx, float* dbias, int64_t rows, int64_t width, int32_t threads)
{
    if (!is_valid_size(rows, width, threads) || !is_valid(x, rows, width) || !is_valid(dout, rows, width)
        || !is_valid(dx, rows, width) || (kind != GN_GELU_TANH && kind != GN_GELU_ERF)) {
        return refuse(__func__);
    }
    return guarded(__func__, [&] {
        if (kind == GN_GELU_TANH) {
            gelu_backward<GeluTanh>(*x, bias, *dout, *dx, dbias, rows, width, threads);
        } else {
            gelu_backward<GeluErf>(*x, bias, *dout, *dx, dbias, rows, width, threads);
        }
        return GN_OK;
    });
}
