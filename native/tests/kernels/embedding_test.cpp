#include "granary/kernels_embedding.h"

#include "check.h"

namespace granary::kernels::tests {

void test_embedding()
{
    Random random(51);
    for (int round = 0; round < 12; ++round) {
        const int64_t rows = random.between(0, 400), vocabulary = random.between(1, 50), width = random.between(1, 130);
        const int64_t stride = width + random.between(0, 3);
        const int64_t padding = round % 2 == 0 ? -1 : random.between(0, vocabulary - 1);
        std::vector<int64_t> ids;
        for (int64_t n = 0; n < rows; ++n) {
            ids.push_back(random.between(0, vocabulary - 1));
        }
        const std::vector<float> dout = random.floats(rows * stride + 1);
        const std::vector<float> before = random.floats(vocabulary * width);
        std::vector<double> expected(before.begin(), before.end());
        for (int64_t n = 0; n < rows; ++n) {
            for (int64_t i = 0; i < width && ids[(size_t)n] != padding; ++i) {
                expected[(size_t)(ids[(size_t)n] * width + i)] += dout[(size_t)(n * stride + i)];
            }
        }
        std::vector<float> one = before;

        gn_kernels_embedding_backward(ids.data(), rows, padding, dout.data(), stride, one.data(), vocabulary, width, 1);

        expect_close(one, expected, 1e-5, 1e-6, "embedding, round " + std::to_string(round));
        for (const int32_t threads : {2, 3, 9}) {
            std::vector<float> many = before;
            gn_kernels_embedding_backward(ids.data(), rows, padding, dout.data(), stride, many.data(), vocabulary, width,
                                          threads);
            expect_same_bits(one, many, "embedding gives the same bits with more threads");
        }
    }
    const int64_t id = 7;
    std::vector<float> weight(8), gradient(8);
    expect(gn_kernels_embedding_backward(&id, 1, -1, gradient.data(), 4, weight.data(), 2, 4, 1) == GN_KERNEL_BAD_ARGUMENT,
           "an id outside of the vocabulary is refused");
}

}  // namespace granary::kernels::tests
