// Products of few rows with a weight that is read once: the cost is the weight's way from memory, so every thread
// walks through its part in order and asks for the next tile while it computes.
//
// Every element of y is one chain of vector FMAs along the inputs, folded by sum_of, whatever the tiling: the number of
// rows, their grouping and the threads change no bit.
#include "granary/kernels_decode.h"

#include <algorithm>

#include "row_reduction.h"

namespace granary::kernels {

namespace {

// Outputs of a tile. It divides by what each register block takes: 12 outputs of 1 row, 6 of 2, 4 of 3, 3 of 4, each 12
// accumulators: AVX2's 16 registers hold them with what they are fed from.
constexpr int kTileOutputs = 12;
constexpr int kMostRows = 4;

struct Linear
{
    const float* x;
    int64_t x_stride;
    const float* weight;
    const float* bias;
    float* y;
    int64_t y_stride;
    int64_t rows;
    int64_t inputs;
    int64_t outputs;
};

template <int kRows, int kOutputs>
GN_INLINE void multiply_block(const Linear& p, int64_t row, int64_t output, const float* next, const float* end)
{
    const float* x = p.x + row * p.x_stride;
    const float* w = p.weight + output * p.inputs;
    Floats sum[kRows][kOutputs] = {};
    const auto add = [&](int64_t i, int count) {
        Floats line[kOutputs];
#pragma GCC unroll 12
        for (int o = 0; o < kOutputs; ++o) {
            line[o] = load_up_to(w + o * p.inputs + i, count);
        }
#pragma GCC unroll 4
        for (int r = 0; r < kRows; ++r) {
            const Floats value = load_up_to(x + r * p.x_stride + i, count);
#pragma GCC unroll 12
            for (int o = 0; o < kOutputs; ++o) {
                sum[r][o] = multiply_add(value, line[o], sum[r][o]);
            }
        }
    };
    int64_t i = 0;
    for (; i + kLanes <= p.inputs; i += kLanes) {
        if (next < end) {
#pragma GCC unroll 12
            for (int line = 0; line < kOutputs * kLanes; line += 16) {
                __builtin_prefetch(next + line, 0, 2);
            }
            next += kOutputs * kLanes;
        }
        add(i, kLanes);
    }
    if (i < p.inputs) {
        add(i, (int)(p.inputs - i));
    }
    for (int r = 0; r < kRows; ++r) {
        float* y = p.y + (row + r) * p.y_stride + output;
        for (int o = 0; o < kOutputs; ++o) {
            y[o] = sum_of(sum[r][o]) + (p.bias != nullptr ? p.bias[output + o] : 0.0f);
        }
    }
}

// kRows rows with `count` outputs from `output` on; the first rows of a tile fetch the next one.
template <int kRows>
void multiply_rows(const Linear& p, int64_t row, int64_t output, int count, const float* next, const float* end)
{
    constexpr int kOutputs = kTileOutputs / kRows;
    int o = 0;
    for (; o + kOutputs <= count; o += kOutputs) {
        multiply_block<kRows, kOutputs>(p, row, output + o, next, end);
        next += kOutputs * p.inputs;
    }
    for (; o < count; ++o) {
        multiply_block<kRows, 1>(p, row, output + o, end, end);
    }
}

void multiply_tile(const Linear& p, int64_t output, int count, const float* end)
{
    const float* next = p.weight + (output + count) * p.inputs;
    const int64_t groups = divide_up(p.rows, kMostRows);
    for (int64_t group = 0; group < groups; ++group) {  // 5 rows are 3 + 2, not 4 + 1
        const int64_t row = p.rows * group / groups;
        const float* from = group == 0 ? next : end;
        switch (p.rows * (group + 1) / groups - row) {
            case 1: multiply_rows<1>(p, row, output, count, from, end); break;
            case 2: multiply_rows<2>(p, row, output, count, from, end); break;
            case 3: multiply_rows<3>(p, row, output, count, from, end); break;
            default: multiply_rows<4>(p, row, output, count, from, end); break;
        }
    }
}

bool is_valid(const Linear& p, int32_t threads)
{
    return p.rows >= 0 && p.inputs > 0 && p.outputs >= 0 && threads >= 0
        && (p.rows * p.outputs == 0
            || (p.x != nullptr && p.weight != nullptr && p.y != nullptr
                && (p.rows == 1 || (p.x_stride >= p.inputs && p.y_stride >= p.outputs))));
}

}  // namespace

}  // namespace granary::kernels

extern "C" int32_t gn_kernels_decode_linear(
    const float* x, int64_t x_stride, const float* weight, const float* bias, float* y, int64_t y_stride, int64_t rows,
    int64_t inputs, int64_t outputs, int32_t threads)
{
    using namespace granary::kernels;
    const Linear p{x, x_stride, weight, bias, y, y_stride, rows, inputs, outputs};
    if (!is_valid(p, threads)) {
        return refuse(__func__);
    }
    if (rows * outputs == 0) {
        return GN_OK;
    }
    const int64_t grain = divide_up(16384, inputs * rows * kTileOutputs);
    for_each_share(divide_up(outputs, kTileOutputs), grain, threads, [&](int64_t first, int64_t last) {
        const float* end = weight + std::min(last * kTileOutputs, outputs) * inputs;
        for (int64_t tile = first; tile < last; ++tile) {
            const int64_t output = tile * kTileOutputs;
            multiply_tile(p, output, (int)std::min<int64_t>(kTileOutputs, outputs - output), end);
        }
    });
    return GN_OK;
}

extern "C" int32_t gn_kernels_decode_read(
    const gn_kernels_optimizer_span* spans, int64_t span_count, uint32_t* digest, int32_t threads)
{
    using namespace granary::kernels;
    const auto is_bad = [](const gn_kernels_optimizer_span& span) {
        return span.count < 0 || (span.count > 0 && span.data == nullptr);
    };
    if (digest == nullptr || span_count < 0 || threads < 0 || (span_count > 0 && spans == nullptr)
        || std::any_of(spans, spans + span_count, is_bad)) {
        return refuse(__func__);
    }
    uint32_t all = 0;
    for (int64_t span = 0; span < span_count; ++span) {
        for_each_share(spans[span].count, 16384, threads, [&](int64_t first, int64_t last) {
            Ints words[4] = {};
            const int32_t* from = reinterpret_cast<const int32_t*>(spans[span].data);
            int64_t i = first;
            for (; i + 4 * kLanes <= last; i += 4 * kLanes) {
#pragma GCC unroll 4
                for (int u = 0; u < 4; ++u) {
                    words[u] ^= load(from + i + u * kLanes);
                }
            }
            uint32_t own = 0;
            for (; i < last; ++i) {
                own ^= (uint32_t)from[i];
            }
            const Ints folded = (words[0] ^ words[1]) ^ (words[2] ^ words[3]);
            for (int lane = 0; lane < kLanes; ++lane) {
                own ^= (uint32_t)folded[lane];
            }
#pragma omp atomic
            all ^= own;
        });
    }
    *digest = all;
    return GN_OK;
}
