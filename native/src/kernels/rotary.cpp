// Rotary embedding. A task is a run of time steps with all heads, so a table row is read once for all of them.
#include "granary/kernels_rotary.h"

#include <algorithm>

#include "row_reduction.h"

namespace granary::kernels {

namespace {

GN_INLINE void rotate(float* x, const float* cos, const float* sin, int64_t half, float sign)
{
    for_each_vector(half, [&](int64_t i, int count) {
        const Floats first = load_up_to(x + i, count);
        const Floats second = load_up_to(x + half + i, count);
        const Floats c = load_up_to(cos + i, count);
        const Floats s = sign * load_up_to(sin + i, count);
        store_up_to(x + i, first * c - second * s, count);
        store_up_to(x + half + i, second * c + first * s, count);
    });
}

bool is_valid(const gn_kernels_rotary_tensor& t, const gn_kernels_rotary_tables& tables, const int64_t* position_ids)
{
    if (t.batch < 0 || t.heads < 0 || t.length < 0 || tables.rotated < 0 || tables.rotated % 2 != 0) {
        return false;
    }
    const int64_t rows = t.batch * t.length;
    if (rows * t.heads == 0 || tables.rotated == 0) {
        return true;
    }
    if (t.data == nullptr || tables.cos == nullptr || tables.sin == nullptr) {
        return false;
    }
    return position_ids == nullptr
        ? t.length <= tables.positions
        : std::all_of(position_ids, position_ids + rows, [&](int64_t p) { return p >= 0 && p < tables.positions; });
}

}  // namespace

}  // namespace granary::kernels

extern "C" int32_t gn_kernels_rotary_apply(
    const gn_kernels_rotary_tensor* tensor, const gn_kernels_rotary_tables* tables, const int64_t* position_ids,
    int32_t inverse, int32_t threads)
{
    using namespace granary::kernels;
    if (tensor == nullptr || tables == nullptr || threads < 0 || !is_valid(*tensor, *tables, position_ids)) {
        return refuse(__func__);
    }
    const gn_kernels_rotary_tensor& t = *tensor;
    const int64_t half = tables->rotated / 2;
    const int64_t grain = divide_up(16384, std::max<int64_t>(1, t.heads * tables->rotated));
    for_each_share(t.batch * t.length, grain, threads, [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
            const int64_t batch = row / t.length;
            const int64_t step = row % t.length;
            const int64_t position = position_ids != nullptr ? position_ids[row] : step;
            float* x = t.data + batch * t.batch_stride + step * t.row_stride;
            for (int64_t head = 0; head < t.heads; ++head) {
                rotate(x + head * t.head_stride, tables->cos + position * half, tables->sin + position * half, half,
                       inverse != 0 ? -1.0f : 1.0f);
            }
        }
    });
    return GN_OK;
}
