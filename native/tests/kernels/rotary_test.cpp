#include "granary/kernels_rotary.h"

#include "check.h"

namespace granary::kernels::tests {

void test_rotary()
{
    Random random(41);
    for (int round = 0; round < 20; ++round) {
        const int64_t batch = random.between(1, 3), heads = random.between(1, 4), length = random.between(1, 30);
        const int64_t rotated = 2 * random.between(1, 40), dim = rotated + random.between(0, 9);
        const int64_t positions = length + 5, half = rotated / 2;
        const bool has_ids = round % 2 == 1;
        const bool inverse = round % 3 == 0;
        std::vector<float> cos((size_t)(positions * half)), sin(cos.size());
        for (int64_t p = 0; p < positions; ++p) {
            for (int64_t i = 0; i < half; ++i) {
                const double angle = (double)p * std::pow(10000.0, -(double)(2 * i) / (double)rotated);
                cos[(size_t)(p * half + i)] = (float)std::cos(angle);
                sin[(size_t)(p * half + i)] = (float)std::sin(angle);
            }
        }
        std::vector<int64_t> ids;
        for (int64_t i = 0; i < batch * length; ++i) {
            ids.push_back(random.between(0, positions - 1));
        }
        const std::vector<float> before = random.floats(batch * length * heads * dim);
        std::vector<double> expected(before.begin(), before.end());
        for (int64_t row = 0; row < batch * length * heads; ++row) {  // [B, T, H, D]
            const int64_t position = has_ids ? ids[(size_t)(row / heads)] : row / heads % length;
            for (int64_t i = 0; i < half; ++i) {
                const double c = cos[(size_t)(position * half + i)];
                const double s = (inverse ? -1.0 : 1.0) * sin[(size_t)(position * half + i)];
                const double x = before[(size_t)(row * dim + i)], y = before[(size_t)(row * dim + half + i)];
                expected[(size_t)(row * dim + i)] = x * c - y * s;
                expected[(size_t)(row * dim + half + i)] = y * c + x * s;
            }
        }
        std::vector<float> data = before;
        const gn_kernels_rotary_tensor tensor{data.data(), length * heads * dim, dim, heads * dim, batch, heads, length};
        const gn_kernels_rotary_tables tables{cos.data(), sin.data(), positions, rotated};

        const int32_t status = gn_kernels_rotary_apply(&tensor, &tables, has_ids ? ids.data() : nullptr, inverse, 2);

        expect(status == GN_OK, "rotary status");
        expect_close(data, expected, 1e-6, 1e-6, "rotary, round " + std::to_string(round));
        gn_kernels_rotary_apply(&tensor, &tables, has_ids ? ids.data() : nullptr, !inverse, 1);
        expect_close(data, std::vector<double>(before.begin(), before.end()), 1e-6, 1e-6, "rotary there and back");
        ids[0] = positions;
        expect(gn_kernels_rotary_apply(&tensor, &tables, ids.data(), 0, 1) == GN_KERNEL_BAD_ARGUMENT,
               "a position outside of the tables is refused");
    }
}

}  // namespace granary::kernels::tests
