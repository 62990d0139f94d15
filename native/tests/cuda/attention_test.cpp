#include <functional>

#include "../kernels/attention_laws.h"
#include "arrays.h"

namespace granary::cuda::tests {

namespace {

using granary::kernels::tests::AttentionArrays;
using granary::kernels::tests::AttentionGradients;
using granary::kernels::tests::AttentionResult;
using granary::kernels::tests::kLawNames;
using granary::kernels::tests::kLaws;
using granary::kernels::tests::make_law;
using granary::kernels::tests::random_arrays;

// [B, H, T, D] as [B, T, H, D + gap], or as [B, H, T, D + gap].
struct Strided
{
    int64_t heads, length, dim, gap;
    bool heads_inside;
    Array data;

    Strided(int32_t type, int64_t batch, int64_t head_count, int64_t rows, int64_t head_dim, int64_t behind, bool inside)
        : heads(head_count), length(rows), dim(head_dim), gap(behind), heads_inside(inside),
          data(type, batch * head_count * rows * (head_dim + behind))
    {
    }

    gn_cuda_heads view()
    {
        const int64_t row = dim + gap;
        return {data.data(), heads * length * row, heads_inside ? row : length * row, heads_inside ? heads * row : row};
    }

    size_t place(int64_t i) const
    {
        const int64_t d = i % dim, t = i / dim % length, h = i / dim / length % heads, b = i / dim / length / heads;
        const int64_t row = heads_inside ? (b * length + t) * heads + h : (b * heads + h) * length + t;
        return (size_t)(row * (dim + gap) + d);
    }

    void set(int32_t type, const std::vector<double>& values)
    {
        std::vector<float> all = data.values();
        for (size_t i = 0; i < values.size(); ++i) {
            all[place((int64_t)i)] = (float)values[i];
        }
        data = Array(type, all);
    }

    std::vector<float> values(int64_t count) const
    {
        const std::vector<float> all = data.values();
        std::vector<float> result;
        for (int64_t i = 0; i < count; ++i) {
            result.push_back(all[place(i)]);
        }
        return result;
    }

    bool gaps_are_untouched(int64_t count) const
    {
        std::vector<float> all = data.values();
        for (int64_t i = 0; i < count; ++i) {
            all[place(i)] = 77.0f;
        }
        return data.guards_are_untouched() && std::all_of(all.begin(), all.end(), [](float x) { return x == 77.0f; });
    }
};

std::vector<double> rounded(int32_t type, const std::vector<double>& values)
{
    return Array(type, std::vector<float>(values.begin(), values.end())).doubles();
}

struct Layout
{
    int64_t gap;
    bool heads_inside;
};

// out, lse, dq, dk, dv
std::vector<std::vector<float>> run_kernels(int32_t type, const AttentionArrays& a, const std::vector<double>& dout,
                                            const std::vector<float>* dlse, Layout layout, const std::string& name)
{
    const auto tensor = [&](int64_t heads, int64_t length) {
        return Strided(type, a.batch, heads, length, a.head_dim, layout.gap, layout.heads_inside);
    };
    const int64_t rows = a.batch * a.query_heads * a.query_length;
    Strided q = tensor(a.query_heads, a.query_length), out = q, gradient = q, dq = q;
    Strided k = tensor(a.key_heads, a.key_length), v = k, dk = k, dv = k;
    q.set(type, a.q);
    k.set(type, a.k);
    v.set(type, a.v);
    gradient.set(type, dout);
    Array lse(GN_CUDA_FLOAT32, rows), delta(GN_CUDA_FLOAT32, rows);
    const auto shape = granary::kernels::tests::shape_of(a, 0);
    const auto mask = granary::kernels::tests::mask_of(a.mask);
    const auto vq = q.view(), vk = k.view(), vv = v.view(), vo = out.view(), vg = gradient.view();
    const auto vdq = dq.view(), vdk = dk.view(), vdv = dv.view();
    expect(gn_cuda_attention_forward(type, &shape, &mask, &vq, &vk, &vv, &vo, lse.floats()) == GN_OK, name + ": forward's status");
    expect(gn_cuda_attention_backward(type, &shape, &mask, &vq, &vk, &vv, &vo, lse.floats(), &vg, dlse != nullptr ? dlse->data() : nullptr,
                                      &vdq, &vdk, &vdv, delta.floats()) == GN_OK,
           name + ": backward's status");
    const auto q_count = (int64_t)a.q.size(), k_count = (int64_t)a.k.size();
    expect(out.gaps_are_untouched(q_count) && dq.gaps_are_untouched(q_count) && dk.gaps_are_untouched(k_count) && dv.gaps_are_untouched(k_count)
               && lse.guards_are_untouched() && delta.guards_are_untouched(),
           name + ": writes stay inside");
    return {out.values(q_count), lse.values(), dq.values(q_count), dk.values(k_count), dv.values(k_count)};
}

void expect_equals_reference(int32_t type, AttentionArrays a, Random& random, Layout layout, double tolerance, const std::string& name)
{
    const int64_t rows = a.batch * a.query_heads * a.query_length;
    a.q = rounded(type, a.q);
    a.k = rounded(type, a.k);
    a.v = rounded(type, a.v);
    const std::vector<double> dout = rounded(type, doubles(random.floats(rows * a.head_dim)));
    const bool has_dlse = random.between(0, 1) == 1;
    const std::vector<float> dlse = has_dlse ? random.floats(rows) : std::vector<float>((size_t)rows);
    const AttentionResult forward = granary::kernels::tests::attention_forward(a);
    const AttentionGradients backward = granary::kernels::tests::attention_backward(a, dout, doubles(dlse));

    const auto results = in_both_orders(name, [&] { return run_kernels(type, a, dout, has_dlse ? &dlse : nullptr, layout, name); });

    const double range = 1.0 + std::fabs(*std::max_element(a.q.begin(), a.q.end()));
    expect_near(results[0], forward.out, tolerance, tolerance, name + " out");
    expect_near(results[1], forward.lse, 4e-6, 2e-6, name + " lse");
    expect_near(results[2], backward.dq, 4 * tolerance * range, 4 * tolerance, name + " dq");
    expect_near(results[3], backward.dk, 4 * tolerance * range, 4 * tolerance, name + " dk");
    expect_near(results[4], backward.dv, 4 * tolerance, 4 * tolerance, name + " dv");
}

// bfloat16 probabilities and gradients of scores carry 2^-9 each, and sums over a few hundred of them a few times that.
double tolerance_of(int32_t type) { return type == GN_CUDA_BFLOAT16 ? 8e-3 : 6e-6; }

void Kernels_equal_the_reference_under_every_law_and_shape()
{
    const int64_t dims[] = {16, 32, 64, 80, 128, 1, 7, 33, 40, 192, 256};
    Random random(1);
    for (const int32_t type : kTypes) {
        for (int law = 0; law < kLaws; ++law) {
            for (int round = 0; round < 4; ++round) {
                const int64_t key_heads = random.between(1, 2), group = random.between(1, 3);
                const int64_t tq = round < 1 ? random.between(1, 20) : random.between(1, 150);
                const int64_t tk = random.between(0, 1) == 0 ? tq : random.between(1, 150);
                const int64_t dim = dims[(law * 4 + round) % 11];
                AttentionArrays a = random_arrays(random, random.between(1, 2), key_heads, group, tq, tk, dim, 2.0f);
                a.mask = make_law(random, law, a);
                const Layout layout{round == 3 ? random.between(1, 3) : 0, round % 2 == 0};
                expect_equals_reference(type, a, random, layout, tolerance_of(type),
                                        std::string("attention ") + name_of(type) + " of " + std::to_string(dim) + ", " + kLawNames[law] + ", round "
                                            + std::to_string(round));
            }
        }
    }
}

// Longer than the 512 tiles whose visibility is found at a time.
void Kernels_equal_the_reference_over_many_tiles()
{
    Random random(2);
    AttentionArrays keys = random_arrays(random, 1, 1, 1, 20, 33000, 16, 2.0f);
    keys.mask.segment_q.assign(20, 3);
    keys.mask.segment_k.assign(33000, 2);
    for (const size_t at : {5, 700, 20000, 32790, 32999}) {
        keys.mask.segment_k[at] = 3;
    }
    expect_equals_reference(GN_CUDA_BFLOAT16, keys, random, {0, false}, tolerance_of(GN_CUDA_BFLOAT16), "attention to 33000 keys");
    AttentionArrays queries = random_arrays(random, 1, 1, 1, 33000, 20, 16, 2.0f);
    queries.mask.kind = GN_ATTENTION_CAUSAL;
    queries.mask.causal_offset = -32980;
    expect_equals_reference(GN_CUDA_FLOAT32, queries, random, {0, false}, tolerance_of(GN_CUDA_FLOAT32), "attention of 33000 queries");
}

void Queries_that_see_nothing_give_zero_and_minus_infinity()
{
    for (const int32_t type : kTypes) {
        Random random(5);
        AttentionArrays a = random_arrays(random, 1, 1, 1, 40, 40, 16, 1.0f);
        a.mask.segment_q.assign(40, 2);
        a.mask.segment_k.assign(40, 1);
        const auto all_are = [](const std::vector<float>& v, float value) {
            return std::all_of(v.begin(), v.end(), [&](float x) { return x == value; });
        };
        const auto unseen = run_kernels(type, a, doubles(random.floats(40 * 16)), nullptr, {0, false}, "unseen keys");
        expect(all_are(unseen[0], 0.0f) && all_are(unseen[1], -INFINITY), "unseen keys: out 0, lse -inf");
        expect(all_are(unseen[2], 0.0f) && all_are(unseen[3], 0.0f) && all_are(unseen[4], 0.0f), "unseen keys: no gradient");
        const AttentionArrays none = random_arrays(random, 2, 1, 2, 5, 0, 16, 1.0f);
        const auto empty = run_kernels(type, none, doubles(random.floats(2 * 2 * 5 * 16)), nullptr, {0, true}, "no keys");
        expect(all_are(empty[0], 0.0f) && all_are(empty[1], -INFINITY) && all_are(empty[2], 0.0f), "no keys at all");
        const AttentionArrays silent = random_arrays(random, 2, 1, 2, 0, 5, 16, 1.0f);
        const auto unasked = run_kernels(type, silent, {}, nullptr, {0, true}, "no queries");
        expect(all_are(unasked[3], 0.0f) && all_are(unasked[4], 0.0f), "no queries at all");
    }
}

void Nan_reaches_what_sees_it_and_nothing_else()
{
    for (const int32_t type : kTypes) {
        Random random(6);
        AttentionArrays a = random_arrays(random, 1, 1, 1, 100, 100, 32, 1.0f);
        a.mask.kind = GN_ATTENTION_CAUSAL;
        a.k[(size_t)(37 * 32 + 5)] = NAN;
        const auto r = run_kernels(type, a, doubles(random.floats(100 * 32)), nullptr, {0, true}, "NaN");
        bool as_seen = true;
        for (size_t i = 0; i < 100; ++i) {
            as_seen &= std::isnan(r[1][i]) == (i >= 37) && std::isnan(r[0][i * 32]) == (i >= 37) && std::isnan(r[2][i * 32]) == (i >= 37);
        }
        expect(as_seen, "a NaN key makes exactly the queries that see it NaN");
    }
}

void Contradictions_are_refused()
{
    Array data(GN_CUDA_FLOAT32, 64);
    const gn_cuda_heads t{data.data(), 16, 16, 16};
    gn_kernels_attention_shape shape{1, 1, 1, 1, 1, 16, 1.0f, 0, GN_PRODUCT_FLOAT32, 0};
    std::vector<int32_t> ids(1);
    const auto refused = [&](const gn_kernels_attention_mask& mask) {
        return gn_cuda_attention_forward(GN_CUDA_FLOAT32, &shape, &mask, &t, &t, &t, &t, data.floats()) == GN_KERNEL_BAD_ARGUMENT;
    };
    gn_kernels_attention_mask mask{};
    mask.segment_q = ids.data();
    expect(refused(mask), "segments of queries without those of keys are refused");
    mask = {};
    mask.rank_q = mask.rank_k = ids.data();
    expect(refused(mask), "ranks without GN_ATTENTION_RANKED are refused");
    mask = {};
    shape.head_dim = 257;
    expect(refused(mask), "heads of more than 256 are refused");
    shape.head_dim = 16;
    expect(gn_cuda_attention_backward(GN_CUDA_FLOAT32, &shape, &mask, &t, &t, &t, &t, data.floats(), &t, nullptr, &t, &t, &t, nullptr)
               == GN_KERNEL_BAD_ARGUMENT,
           "a backward without a place for delta is refused");
}

}  // namespace

void test_attention()
{
    Kernels_equal_the_reference_under_every_law_and_shape();
    Kernels_equal_the_reference_over_many_tiles();
    Queries_that_see_nothing_give_zero_and_minus_infinity();
    Nan_reaches_what_sees_it_and_nothing_else();
    Contradictions_are_refused();
}

}  // namespace granary::cuda::tests
