// Products of float32: a cell is a value.
#include "product_engine.h"
#include "row_reduction.h"

namespace granary::kernels {

namespace {

struct Float32Format
{
    static constexpr int64_t kValues = 1;
    static constexpr int64_t kAhead = 32 * kTileRows;

    static GN_INLINE Floats along(const float* p, int64_t values) { return load_up_to(p, (int)values); }

    static GN_INLINE Floats across(const float* p, int64_t, int64_t, int count) { return load_up_to(p, count); }

    static void pack_left(const Factor& left, int64_t row, int64_t rows, int64_t k, int64_t depth, float* to, int64_t size)
    {
        kernels::pack_left<Float32Format, float>(left, row, rows, k, depth, to, size);
    }

    static void pack_right(const Factor& right, int64_t column, int64_t columns, int64_t k, int64_t depth, float* to, int64_t size)
    {
        kernels::pack_right<Float32Format, float>(right, column, columns, k, depth, to, size);
    }

    template <int kRows>
    static GN_INLINE void multiply(const float* left, const float* right, int64_t cells, Floats (&sum)[kRows][kTileVectors])
    {
#pragma GCC unroll 4
        for (int64_t k = 0; k < cells; ++k) {
            // The left comes from the second-level cache, where the right stays in the first.
            __builtin_prefetch(left + k * kTileRows + kAhead, 0, 3);
            Floats line[kTileVectors];
#pragma GCC unroll 2
            for (int v = 0; v < kTileVectors; ++v) {
                line[v] = load(right + k * kTileColumns + v * kLanes);
            }
#pragma GCC unroll 16
            for (int r = 0; r < kRows; ++r) {
                const Floats factor = splat(left[k * kTileRows + r]);
#pragma GCC unroll 2
                for (int v = 0; v < kTileVectors; ++v) {
                    sum[r][v] = multiply_add(factor, line[v], sum[r][v]);
                }
            }
        }
    }
};

}  // namespace

void multiply_float32(const Product& product) { ProductRun<Float32Format>(product).run(); }

}  // namespace granary::kernels
