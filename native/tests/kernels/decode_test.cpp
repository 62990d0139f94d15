#include "granary/kernels_decode.h"

#include <algorithm>

#include "check.h"

namespace granary::kernels::tests {

namespace {

void test_linear()
{
    Random random(61);
    for (int round = 0; round < 40; ++round) {
        const int64_t rows = random.between(1, 21), inputs = random.between(1, 90), outputs = random.between(1, 90);
        const int64_t x_stride = inputs + random.between(0, 5), y_stride = outputs + random.between(0, 5);
        const std::vector<float> x = random.floats(rows * x_stride), weight = random.floats(outputs * inputs);
        const std::vector<float> bias = random.floats(outputs);
        const bool has_bias = round % 2 == 1;
        std::vector<float> y((size_t)(rows * y_stride), 7.0f);
        std::vector<double> expected(y.begin(), y.end());
        for (int64_t row = 0; row < rows; ++row) {
            for (int64_t output = 0; output < outputs; ++output) {
                double sum = has_bias ? (double)bias[(size_t)output] : 0.0;
                for (int64_t i = 0; i < inputs; ++i) {
                    sum += (double)x[(size_t)(row * x_stride + i)] * weight[(size_t)(output * inputs + i)];
                }
                expected[(size_t)(row * y_stride + output)] = sum;
            }
        }
        const float* given = has_bias ? bias.data() : nullptr;

        const int32_t status = gn_kernels_decode_linear(x.data(), x_stride, weight.data(), given, y.data(), y_stride,
                                                        rows, inputs, outputs, 2);

        const std::string name = "linear, round " + std::to_string(round);
        expect(status == GN_OK, name + ": status");
        expect_close(y, expected, 1e-5, 1e-5, name);
        std::vector<float> alone((size_t)(rows * y_stride), 7.0f);
        for (int64_t row = 0; row < rows; ++row) {
            gn_kernels_decode_linear(x.data() + row * x_stride, x_stride, weight.data(), given,
                                     alone.data() + row * y_stride, y_stride, 1, inputs, outputs, 1);
        }
        expect_same_bits(y, alone, name + ": a row alone has the bits it has among others");
    }
    float one = 1.0f;
    expect(gn_kernels_decode_linear(&one, 1, &one, nullptr, &one, 1, 0, 1, 1, 1) == GN_OK, "no rows are no work");
    expect(gn_kernels_decode_linear(&one, 1, nullptr, nullptr, &one, 1, 1, 1, 1, 1) == GN_KERNEL_BAD_ARGUMENT,
           "a weight must be given");
    expect(gn_kernels_decode_linear(&one, 0, &one, nullptr, &one, 1, 2, 1, 1, 1) == GN_KERNEL_BAD_ARGUMENT,
           "rows must not overlap");
}

struct Cache
{
    int64_t batch, heads, key_heads, cached, tokens, dim;
    std::vector<float> q, k, v;  // [B, T, H, D], [B, S, G, D]

    int64_t keys() const { return cached + tokens; }

    gn_kernels_attention_shape shape(int32_t threads) const
    {
        return {batch, heads, key_heads, tokens, keys(), dim, 0.3f, threads, GN_PRODUCT_FLOAT32, 0};
    }

    std::vector<float> attend(const int32_t* parents, int32_t threads)
    {
        std::vector<float> out(q.size(), 7.0f);
        const gn_kernels_attention_tensor queries{q.data(), tokens * heads * dim, dim, heads * dim};
        const gn_kernels_attention_tensor ks{k.data(), keys() * key_heads * dim, dim, key_heads * dim};
        const gn_kernels_attention_tensor vs{v.data(), keys() * key_heads * dim, dim, key_heads * dim};
        const gn_kernels_attention_tensor result{out.data(), tokens * heads * dim, dim, heads * dim};
        const gn_kernels_attention_shape s = shape(threads);
        const int32_t status = gn_kernels_decode_attention(&s, parents, &queries, &ks, &vs, &result);
        expect(status == GN_OK, "decode attention status");
        return out;
    }
};

bool sees(const std::vector<int32_t>& parents, int64_t token, int64_t other)
{
    for (int64_t at = token; at >= 0; at = parents[(size_t)at]) {
        if (at == other) {
            return true;
        }
    }
    return false;
}

std::vector<double> reference(const Cache& c, const std::vector<int32_t>& parents)
{
    std::vector<double> out(c.q.size());
    for (int64_t row = 0; row < c.batch * c.tokens * c.heads; ++row) {
        const int64_t head = row % c.heads, token = row / c.heads % c.tokens, batch = row / c.heads / c.tokens;
        const int64_t key_head = head / (c.heads / c.key_heads);
        double total = 0.0;
        std::vector<double> sum((size_t)c.dim);
        for (int64_t key = 0; key < c.keys(); ++key) {
            if (key >= c.cached && !sees(parents, token, key - c.cached)) {
                continue;
            }
            const size_t from = (size_t)(((batch * c.keys() + key) * c.key_heads + key_head) * c.dim);
            double score = 0.0;
            for (int64_t d = 0; d < c.dim; ++d) {
                score += (double)c.q[(size_t)(row * c.dim + d)] * c.k[from + (size_t)d];
            }
            const double weight = std::exp(0.3f * score);
            total += weight;
            for (int64_t d = 0; d < c.dim; ++d) {
                sum[(size_t)d] += weight * c.v[from + (size_t)d];
            }
        }
        for (int64_t d = 0; d < c.dim; ++d) {
            out[(size_t)(row * c.dim + d)] = sum[(size_t)d] / total;
        }
    }
    return out;
}

// The branch that ends in a token as a text of its own: the same cache, then the branch's tokens in a row.
Cache branch_of(const Cache& tree, const std::vector<int32_t>& parents, int64_t token)
{
    std::vector<int64_t> branch;
    for (int64_t at = token; at >= 0; at = parents[(size_t)at]) {
        branch.insert(branch.begin(), at);
    }
    Cache c{1, tree.heads, tree.key_heads, tree.cached, (int64_t)branch.size(), tree.dim, {}, {}, {}};
    const auto append = [](std::vector<float>& to, const std::vector<float>& from, int64_t row, int64_t width) {
        to.insert(to.end(), from.begin() + row * width, from.begin() + (row + 1) * width);
    };
    for (int64_t key = 0; key < c.keys(); ++key) {
        const int64_t slot = key < c.cached ? key : c.cached + branch[(size_t)(key - c.cached)];
        append(c.k, tree.k, slot, c.key_heads * c.dim);
        append(c.v, tree.v, slot, c.key_heads * c.dim);
    }
    for (const int64_t at : branch) {
        append(c.q, tree.q, at, c.heads * c.dim);
    }
    return c;
}

void test_attention_to_a_cache()
{
    Random random(62);
    for (int round = 0; round < 40; ++round) {
        const int64_t batch = round % 4 == 0 ? 2 : 1, key_heads = random.between(1, 3), dim = random.between(1, 80);
        const int64_t heads = key_heads * random.between(1, 3), tokens = random.between(1, 20);
        const int64_t cached = round % 5 == 0 ? 0 : random.between(1, 150);
        Cache c{batch, heads, key_heads, cached, tokens, dim, {}, {}, {}};
        c.q = random.floats(batch * tokens * heads * dim, -2.0f, 2.0f);
        c.k = random.floats(batch * c.keys() * key_heads * dim, -2.0f, 2.0f);
        c.v = random.floats(batch * c.keys() * key_heads * dim);
        std::vector<int32_t> parents, chain;
        for (int64_t token = 0; token < tokens; ++token) {
            parents.push_back((int32_t)random.between(-1, token - 1));
            chain.push_back((int32_t)token - 1);
        }
        const std::string name = "decode attention, round " + std::to_string(round);

        const std::vector<float> out = c.attend(parents.data(), 2);

        expect_close(out, reference(c, parents), 2e-6, 2e-5, name);
        expect_close(c.attend(nullptr, 1), reference(c, chain), 2e-6, 2e-5, name + ", in a row");
        expect_same_bits(out, c.attend(parents.data(), 1), name + ": threads change nothing");
        for (int64_t token = 0; batch == 1 && token < tokens; ++token) {
            const std::vector<float> alone = branch_of(c, parents, token).attend(nullptr, 1);
            const int64_t width = heads * dim;
            expect_same_bits({out.begin() + token * width, out.begin() + (token + 1) * width},
                             {alone.end() - width, alone.end()},
                             name + ": a branch has the bits of the same tokens in a row");
        }
    }
    Cache c{1, 1, 1, 0, 2, 1, {1, 1}, {1, 1}, {1, 1}};
    const gn_kernels_attention_shape shape = c.shape(1);
    const gn_kernels_attention_tensor t{c.q.data(), 2, 1, 1};
    const int32_t itself[2] = {-1, 1};
    expect(gn_kernels_decode_attention(&shape, itself, &t, &t, &t, &t) == GN_KERNEL_BAD_ARGUMENT,
           "a token is not its own parent");
}

void test_read()
{
    Random random(63);
    for (const int64_t count : {(int64_t)0, (int64_t)1, (int64_t)31, (int64_t)100000}) {
        std::vector<float> values = random.floats(count);
        const gn_kernels_optimizer_span spans[2] = {{values.data(), count}, {values.data(), count / 3}};
        uint32_t expected = 0, digest = 1;
        for (const auto& span : spans) {
            for (int64_t i = 0; i < span.count; ++i) {
                uint32_t word;
                std::memcpy(&word, &span.data[i], sizeof word);
                expected ^= word;
            }
        }

        const int32_t status = gn_kernels_decode_read(spans, 2, &digest, 2);

        expect(status == GN_OK && digest == expected, "every word is read, " + std::to_string(count));
    }
}

}  // namespace

void test_decode()
{
    test_linear();
    test_attention_to_a_cache();
    test_read();
}

}  // namespace granary::kernels::tests
