#include "arrays.h"

namespace granary::cuda::tests {

namespace {

struct Tables
{
    Array cos;
    Array sin;

    Tables(int64_t length, int64_t half) : cos(GN_CUDA_FLOAT32, angles(length, half, 0.0)), sin(GN_CUDA_FLOAT32, angles(length, half, M_PI / 2)) {}

    static std::vector<float> angles(int64_t length, int64_t half, double lag)
    {
        std::vector<float> values;
        for (int64_t p = 0; p < length; ++p) {
            for (int64_t i = 0; i < half; ++i) {
                values.push_back((float)std::cos((double)p * std::pow(10000.0, -(double)i / (double)half) - lag));
            }
        }
        return values;
    }
};

// Turns the head that begins at `head` by position p.
void turn(std::vector<double>& values, size_t head, int64_t half, int64_t p, const Tables& tables, double direction)
{
    const std::vector<double> cos = tables.cos.doubles(), sin = tables.sin.doubles();
    for (int64_t i = 0; i < half; ++i) {
        const double c = cos[(size_t)(p * half + i)], s = direction * sin[(size_t)(p * half + i)];
        double& a = values[head + (size_t)i];
        double& b = values[head + (size_t)(i + half)];
        const double first = a;
        a = first * c - s * b;
        b = b * c + s * first;
    }
}

void Rotation_equals_its_definition()
{
    Random random(20);
    const int64_t shapes[][4] = {{12, 6, 2, 64}, {5, 5, 3, 16}, {9, 3, 1, 6}, {4, 2, 12, 128}, {3, 7, 40, 64}, {2, 2, 2, 2}};
    for (const int32_t type : kTypes) {
        for (const auto& shape : shapes) {
            for (const int32_t inverse : {0, 1}) {
                const int64_t rows = shape[0], length = shape[1], heads = shape[2], dim = shape[3], half = dim / 2;
                const int64_t stride = heads * dim + (dim == 64 ? 64 : 3), shift = dim == 128 ? 1 : 0;
                const std::string name = std::string("rotary ") + name_of(type) + " of " + std::to_string(heads) + " x " + std::to_string(dim);
                Tables tables(length, half);
                Array from(type, random.floats(rows * stride), shift);
                const auto results = in_both_orders(name, [&]() -> std::vector<std::vector<float>> {
                    Array data = from;
                    expect(gn_cuda_rotary(type, data.data(), rows, length, heads, dim, stride, tables.cos.floats(), tables.sin.floats(), inverse) == GN_OK,
                           name + ": status");
                    expect(data.guards_are_untouched(), name + ": writes stay inside");
                    return {data.values()};
                });
                std::vector<double> expected = from.doubles();
                for (int64_t row = 0; row < rows; ++row) {
                    for (int64_t h = 0; h < heads; ++h) {
                        turn(expected, (size_t)(row * stride + h * dim), half, row % length, tables, inverse != 0 ? -1.0 : 1.0);
                    }
                }
                expect_near(results[0], expected, 1e-6, 1e-6 + rounding_of(type), name);
            }
        }
    }
}

struct Heads
{
    Array data;
    gn_cuda_heads view;
    std::vector<double> values;  // [B, T, H, D]

    Heads(Random& random, int32_t type, int64_t batch, int64_t length, int64_t heads, int64_t dim, bool heads_outside, int64_t gap)
        : data(type, random.floats(batch * length * heads * (dim + gap)))
    {
        const int64_t row = heads_outside ? dim + gap : heads * (dim + gap), head = heads_outside ? length * (dim + gap) : dim + gap;
        view = {data.data(), heads * length * (dim + gap), head, row};
        const std::vector<double> all = data.doubles();
        for (int64_t b = 0; b < batch; ++b) {
            for (int64_t t = 0; t < length; ++t) {
                for (int64_t h = 0; h < heads; ++h) {
                    for (int64_t d = 0; d < dim; ++d) {
                        values.push_back(all[(size_t)(b * view.batch_stride + h * head + t * row + d)]);
                    }
                }
            }
        }
    }
};

void Packing_gathers_heads_and_turns_them_back()
{
    Random random(21);
    const int64_t shapes[][5] = {{2, 5, 4, 2, 64}, {1, 3, 3, 3, 6}, {3, 2, 2, 1, 16}, {2, 9, 6, 2, 20}, {1, 4, 5, 1, 7}, {2, 3, 32, 8, 128}};
    for (const int32_t type : kTypes) {
        for (const auto& shape : shapes) {
            for (const bool turns : {false, true}) {
                const int64_t batch = shape[0], length = shape[1], heads = shape[2], key_heads = shape[3], dim = shape[4];
                if (turns && dim % 2 != 0) {
                    continue;
                }
                const std::string name = std::string("pack heads ") + name_of(type) + " of " + std::to_string(heads) + " x " + std::to_string(dim);
                const int64_t gap = dim == 16 ? 1 : 0;
                Heads q(random, type, batch, length, heads, dim, true, gap), k(random, type, batch, length, key_heads, dim, false, 0),
                    v(random, type, batch, length, key_heads, dim, true, 0);
                Tables tables(length, (dim + 1) / 2);
                const int64_t width = (heads + 2 * key_heads) * dim;
                const auto results = in_both_orders(name, [&]() -> std::vector<std::vector<float>> {
                    Array packed(type, batch * length * width);
                    expect(gn_cuda_pack_heads(type, &q.view, &k.view, &v.view, packed.data(), batch, length, heads, key_heads, dim,
                                              turns ? tables.cos.floats() : nullptr, turns ? tables.sin.floats() : nullptr) == GN_OK,
                           name + ": status");
                    expect(packed.guards_are_untouched(), name + ": writes stay inside");
                    return {packed.values()};
                });
                std::vector<double> expected;
                for (int64_t row = 0; row < batch * length; ++row) {
                    const auto append = [&](const Heads& from, int64_t count) {
                        expected.insert(expected.end(), &from.values[(size_t)(row * count * dim)], &from.values[0] + (row + 1) * count * dim);
                    };
                    append(q, heads);
                    append(k, key_heads);
                    append(v, key_heads);
                    for (int64_t h = 0; turns && h < heads + key_heads; ++h) {
                        turn(expected, (size_t)(row * width + h * dim), dim / 2, row % length, tables, -1.0);
                    }
                }
                expect_near(results[0], expected, 1e-6, 1e-6 + rounding_of(type), name);
            }
        }
    }
}

void Contradictions_are_refused()
{
    Array data(GN_CUDA_FLOAT32, 32);
    expect(gn_cuda_rotary(GN_CUDA_FLOAT32, data.data(), 2, 2, 1, 5, 8, data.floats(), data.floats(), 0) == GN_KERNEL_BAD_ARGUMENT,
           "an odd head is refused");
    expect(gn_cuda_rotary(GN_CUDA_FLOAT32, data.data(), 2, 2, 2, 8, 8, data.floats(), data.floats(), 0) == GN_KERNEL_BAD_ARGUMENT,
           "rows that overlap are refused");
}

}  // namespace

void test_rotary()
{
    Rotation_equals_its_definition();
    Packing_gathers_heads_and_turns_them_back();
    Contradictions_are_refused();
}

}  // namespace granary::cuda::tests
