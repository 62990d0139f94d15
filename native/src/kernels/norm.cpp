// LayerNorm and RMSNorm. Rows are short enough for the first-level cache (768 floats are 3 kB), so mean, variance and
// output are three readings of the row but one of memory.
#include "granary/kernels_norm.h"

#include <cmath>

#include "row_reduction.h"

namespace granary::kernels {

namespace {

enum class Norm { kLayer, kRms };

struct Forward
{
    const float* x;
    const float* residual;
    float* sum;
    const float* gamma;
    const float* beta;
    float* y;
    float* mean;
    float* rstd;
    int64_t rows;
    int64_t width;
    float eps;
};

struct Backward
{
    const float* x;
    const float* gamma;
    const float* mean;
    const float* rstd;
    const float* dy;
    const float* dsum;
    float* dx;
    int64_t rows;
    int64_t width;
};

GN_INLINE Floats first_lanes(Floats v, int count)
{
    if (count == kLanes) {
        return v;
    }
    float lanes[kLanes] = {};
    store_partial(lanes, v, count);
    return load(lanes);
}

GN_INLINE Floats gamma_at(const float* gamma, int64_t i, int count)
{
    return gamma != nullptr ? load_up_to(gamma + i, count) : splat(1.0f);
}

template <Norm kNorm>
void normalise_row(const Forward& f, int64_t row)
{
    const float* x = f.x + row * f.width;
    if (f.residual != nullptr) {
        const float* residual = f.residual + row * f.width;
        float* sum = f.sum + row * f.width;
        for_each_vector(f.width, [&](int64_t i, int count) {
            store_up_to(sum + i, load_up_to(x + i, count) + load_up_to(residual + i, count), count);
        });
        x = sum;
    }
    float mean = 0.0f;
    if constexpr (kNorm == Norm::kLayer) {
        Floats total{};
        for_each_vector(f.width, [&](int64_t i, int count) { total += load_up_to(x + i, count); });
        mean = sum_of(total) / (float)f.width;
        f.mean[row] = mean;
    }
    Floats squares{};
    for_each_vector(f.width, [&](int64_t i, int count) {
        const Floats centred = first_lanes(load_up_to(x + i, count) - mean, count);
        squares += centred * centred;
    });
    const float rstd = 1.0f / std::sqrt(sum_of(squares) / (float)f.width + f.eps);
    f.rstd[row] = rstd;
    float* y = f.y + row * f.width;
    for_each_vector(f.width, [&](int64_t i, int count) {
        Floats value = (load_up_to(x + i, count) - mean) * rstd * gamma_at(f.gamma, i, count);
        if (kNorm == Norm::kLayer && f.beta != nullptr) {
            value += load_up_to(f.beta + i, count);
        }
        store_up_to(y + i, value, count);
    });
}

// With n the normalised row and g = dy * gamma: dx = rstd * (g - mean(g) - n * mean(g * n)), without mean(g) for RMS.
template <Norm kNorm>
void differentiate_row(const Backward& b, int64_t row, float* dgamma, float* dbeta)
{
    const float* x = b.x + row * b.width;
    const float* dy = b.dy + row * b.width;
    const float mean = kNorm == Norm::kLayer ? b.mean[row] : 0.0f;
    const float rstd = b.rstd[row];
    Floats sum_g{};
    Floats sum_gn{};
    for_each_vector(b.width, [&](int64_t i, int count) {
        const Floats d = load_up_to(dy + i, count);
        const Floats n = (load_up_to(x + i, count) - mean) * rstd;
        const Floats g = d * gamma_at(b.gamma, i, count);
        sum_g += g;
        sum_gn += g * n;
        if (dgamma != nullptr) {
            store_up_to(dgamma + i, load_up_to(dgamma + i, count) + d * n, count);
        }
        if (dbeta != nullptr) {
            store_up_to(dbeta + i, load_up_to(dbeta + i, count) + d, count);
        }
    });
    const float mean_g = kNorm == Norm::kLayer ? sum_of(sum_g) / (float)b.width : 0.0f;
    const float mean_gn = sum_of(sum_gn) / (float)b.width;
    for_each_vector(b.width, [&](int64_t i, int count) {
        const Floats n = (load_up_to(x + i, count) - mean) * rstd;
        const Floats g = load_up_to(dy + i, count) * gamma_at(b.gamma, i, count);
        Floats d = rstd * (g - mean_g - n * mean_gn);
        if (b.dsum != nullptr) {
            d += load_up_to(b.dsum + row * b.width + i, count);
        }
        store_up_to(b.dx + row * b.width + i, d, count);
    });
}

template <Norm kNorm>
int32_t forward(const char* function, const Forward& f, int32_t threads)
{
    if (f.rows < 0 || f.width <= 0 || threads < 0 || (f.residual != nullptr) != (f.sum != nullptr)
        || (f.rows > 0 && (f.x == nullptr || f.y == nullptr || f.rstd == nullptr))
        || (f.rows > 0 && kNorm == Norm::kLayer && f.mean == nullptr)) {
        return refuse(function);
    }
    for_each_share(f.rows, divide_up(16384, f.width), threads, [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
            normalise_row<kNorm>(f, row);
        }
    });
    return GN_OK;
}

template <Norm kNorm>
int32_t backward(const char* function, const Backward& b, float* dgamma, float* dbeta, int32_t threads)
{
    if (b.rows < 0 || b.width <= 0 || threads < 0
        || (b.rows > 0 && (b.x == nullptr || b.rstd == nullptr || b.dy == nullptr || b.dx == nullptr))
        || (b.rows > 0 && kNorm == Norm::kLayer && b.mean == nullptr)) {
        return refuse(function);
    }
    return guarded(function, [&] {
        const RowShares shares(b.rows);
        const int64_t stride = 2 * round_up(b.width, 16);
        const ScratchSet scratch(1, shares.count * stride);
        float* partials = scratch.piece(0);
        for_each_task(shares.count, threads, [&](int64_t share, int) {
            float* part = partials + share * stride;
            std::fill(part, part + stride, 0.0f);
            float* part_gamma = dgamma != nullptr ? part : nullptr;
            float* part_beta = dbeta != nullptr ? part + stride / 2 : nullptr;
            for (int64_t row = shares.begin(share); row < shares.begin(share + 1); ++row) {
                differentiate_row<kNorm>(b, row, part_gamma, part_beta);
            }
        });
        if (dgamma != nullptr) {
            add_partials(partials, stride, shares.count, b.width, dgamma, threads);
        }
        if (dbeta != nullptr) {
            add_partials(partials + stride / 2, stride, shares.count, b.width, dbeta, threads);
        }
        return GN_OK;
    });
}

}  // namespace

}  // namespace granary::kernels

using namespace granary::kernels;

extern "C" int32_t gn_kernels_norm_layer_forward(
    const float* x, const float* residual, float* sum, const float* gamma, const float* beta, float* y, float* mean,
    float* rstd, int64_t rows, int64_t width, float eps, int32_t threads)
{
    return forward<Norm::kLayer>(__func__, {x, residual, sum, gamma, beta, y, mean, rstd, rows, width, eps}, threads);
}

extern "C" int32_t gn_kernels_norm_layer_backward(
    const float* x, const float* gamma, const float* mean, const float* rstd, const float* dy, const float* dsum,
    float* dx, float* dgamma, float* dbeta, int64_t rows, int64_t width, int32_t threads)
{
    return backward<Norm::kLayer>(__func__, {x, gamma, mean, rstd, dy, dsum, dx, rows, width}, dgamma, dbeta, threads);
}

extern "C" int32_t gn_kernels_norm_rms_forward(
    const float* x, const float* residual, float* sum, const float* gamma, float* y, float* rstd, int64_t rows,
    int64_t width, float eps, int32_t threads)
{
    return forward<Norm::kRms>(__func__, {x, residual, sum, gamma, nullptr, y, nullptr, rstd, rows, width, eps}, threads);
}

extern "C" int32_t gn_kernels_norm_rms_backward(
    const float* x, const float* gamma, const float* rstd, const float* dy, const float* dsum, float* dx,
    float* dgamma, int64_t rows, int64_t width, int32_t threads)
{
    return backward<Norm::kRms>(__func__, {x, gamma, nullptr, rstd, dy, dsum, dx, rows, width}, dgamma, nullptr, threads);
}
