#include <functional>

#include "attention_laws.h"

namespace granary::kernels::tests {

namespace {

void expect_equals_reference(const AttentionArrays& a, Random& random, Layout layout, int64_t gap, int32_t threads,
                             double tolerance, const std::string& name)
{
    const int64_t rows = a.batch * a.query_heads * a.query_length;
    const std::vector<double> dout = doubles(random.floats(rows * a.head_dim));
    const bool has_dlse = random.between(0, 1) == 1;
    const std::vector<float> dlse = has_dlse ? random.floats(rows) : std::vector<float>((size_t)rows);
    const AttentionResult forward = attention_forward(a);
    const AttentionGradients backward = attention_backward(a, dout, doubles(dlse));

    const KernelResult kernel = run_kernels(a, dout, has_dlse ? &dlse : nullptr, layout, gap, threads, name);

    expect_close(kernel.out, forward.out, tolerance, tolerance, name + " out");
    expect_close(kernel.lse, forward.lse, tolerance, 2e-6, name + " lse");
    const double q_norm = 1.0 + std::fabs(*std::max_element(a.q.begin(), a.q.end()));
    expect_close(kernel.dq, backward.dq, 4 * tolerance * q_norm, 4 * tolerance, name + " dq");
    expect_close(kernel.dk, backward.dk, 4 * tolerance * q_norm, 4 * tolerance, name + " dk");
    expect_close(kernel.dv, backward.dv, 4 * tolerance, 4 * tolerance, name + " dv");
}

void Kernel_equals_reference_under_every_law_and_shape()
{
    const int64_t dims[] = {16, 32, 64, 80, 96, 128, 1, 7, 20, 33, 100};
    Random random(1);
    for (int law = 0; law < kLaws; ++law) {
        for (int round = 0; round < 12; ++round) {
            const int64_t key_heads = random.between(1, 2);
            const int64_t group = random.between(1, 3);
            const int64_t tq = round < 3 ? random.between(1, 20) : random.between(1, 200);
            const int64_t tk = random.between(0, 1) == 0 ? tq : random.between(1, 200);
            AttentionArrays a = random_arrays(random, random.between(1, 2), key_heads, group, tq, tk,
                                              dims[random.between(0, 10)], 2.0f);
            a.mask = make_law(random, law, a);
            expect_equals_reference(a, random, round % 2 == 0 ? Layout::kHeadsInside : Layout::kHeadsOutside,
                                    random.between(0, 3), (int32_t)random.between(0, 3), 4e-6,
                                    std::string("attention, ") + kLawNames[law] + ", round " + std::to_string(round));
        }
    }
}

// Scores of 50 and of thousands: products and lse themselves carry |score| * 2^-24, so the tolerance grows with them.
void Kernel_equals_reference_with_large_scores()
{
    Random random(2);
    for (const float range : {10.0f, 60.0f}) {
        AttentionArrays a = random_arrays(random, 1, 2, 2, 130, 130, 64, range);
        a.mask.kind = GN_ATTENTION_CAUSAL;
        const double largest = range * range * std::sqrt(64.0);
        expect_equals_reference(a, random, Layout::kHeadsInside, 0, 2, largest * 2e-6, "attention with large scores");
    }
}

void Reference_gradients_equal_central_differences()
{
    Random random(3);
    for (int law = 0; law < kLaws; ++law) {
        AttentionArrays a = random_arrays(random, 1, 1, 2, 6, 7, 3, 1.5f);
        a.mask = make_law(random, law, a);
        const int64_t rows = a.batch * a.query_heads * a.query_length;
        const std::vector<double> dout = doubles(random.floats(rows * a.head_dim));
        const std::vector<double> dlse = doubles(random.floats(rows));
        const auto objective = [&] {
            const AttentionResult r = attention_forward(a);
            double sum = 0.0;
            for (size_t i = 0; i < r.out.size(); ++i) {
                sum += r.out[i] * dout[i];
            }
            for (size_t i = 0; i < r.lse.size(); ++i) {
                sum += std::isfinite(r.lse[i]) ? r.lse[i] * dlse[i] : 0.0;
            }
            return sum;
        };
        const AttentionGradients g = attention_backward(a, dout, dlse);
        const auto differences = [&](std::vector<double>& values) {
            std::vector<double> slopes;
            for (double& value : values) {
                const double kept = value;
                value = kept + 1e-5;
                const double above = objective();
                value = kept - 1e-5;
                slopes.push_back((above - objective()) / 2e-5);
                value = kept;
            }
            return slopes;
        };
        const std::string name = std::string("central differences, ") + kLawNames[law];
        expect_close(g.dq, differences(a.q), 1e-8, 1e-7, name + " dq");
        expect_close(g.dk, differences(a.k), 1e-8, 1e-7, name + " dk");
        expect_close(g.dv, differences(a.v), 1e-8, 1e-7, name + " dv");
    }
}

void Results_do_not_depend_on_threads_or_runs()
{
    Random random(4);
    for (int law = 0; law < kLaws; ++law) {
        AttentionArrays a = random_arrays(random, 1, 1 + law % 2, 2, 150, 170, 48, 2.0f);
        a.mask = make_law(random, law, a);
        const std::vector<double> dout = doubles(random.floats(a.query_heads * 150 * 48));
        const KernelResult one = run_kernels(a, dout, nullptr, Layout::kHeadsInside, 0, 1, "one thread");
        for (const int32_t threads : {1, 2, 3, 7}) {
            const KernelResult many = run_kernels(a, dout, nullptr, Layout::kHeadsInside, 0, threads, "many threads");
            const std::string name = std::string("same bits with ") + std::to_string(threads) + " threads, " + kLawNames[law];
            expect_same_bits(one.out, many.out, name + " out");
            expect_same_bits(one.lse, many.lse, name + " lse");
            expect_same_bits(one.dq, many.dq, name + " dq");
            expect_same_bits(one.dk, many.dk, name + " dk");
            expect_same_bits(one.dv, many.dv, name + " dv");
        }
    }
}

// More keys than are visited at once: on one thread the keys' gradients are summed in turns, on more in a pass of their own.
void Many_keys_in_turns_give_the_same_bits()
{
    Random random(8);
    for (const int32_t products : {GN_PRODUCT_FLOAT32, GN_PRODUCT_BFLOAT16}) {
        AttentionArrays a = random_arrays(random, 1, 1, 2, 700, 1100, 24, 2.0f);
        a.mask.kind = GN_ATTENTION_CAUSAL;
        a.mask.causal_offset = 300;
        a.products = products;
        const std::vector<double> dout = doubles(random.floats(2 * 700 * 24));
        const KernelResult one = run_kernels(a, dout, nullptr, Layout::kHeadsInside, 0, 1, "one thread, many keys");
        const KernelResult two = run_kernels(a, dout, nullptr, Layout::kHeadsInside, 0, 2, "two threads, many keys");
        expect_same_bits(one.dq, two.dq, "many keys dq");
        expect_same_bits(one.dk, two.dk, "many keys dk");
        expect_same_bits(one.dv, two.dv, "many keys dv");
    }
}

void Queries_that_see_nothing_give_zero_and_minus_infinity()
{
    Random random(5);
    AttentionArrays a = random_arrays(random, 1, 1, 1, 40, 40, 16, 1.0f);
    a.mask.segment_q.assign(40, 2);
    a.mask.segment_k.assign(40, 1);
    const KernelResult r = run_kernels(a, doubles(random.floats(40 * 16)), nullptr, Layout::kHeadsOutside, 0, 1, "unseen");
    const auto all_are = [](const std::vector<float>& v, float value) {
        return std::all_of(v.begin(), v.end(), [&](float x) { return x == value; });
    };
    expect(all_are(r.out, 0.0f) && all_are(r.lse, -INFINITY), "unseen keys: out 0, lse -inf");
    expect(all_are(r.dq, 0.0f) && all_are(r.dk, 0.0f) && all_are(r.dv, 0.0f), "unseen keys: no gradient");
    AttentionArrays none = random_arrays(random, 2, 1, 2, 5, 0, 16, 1.0f);
    const KernelResult empty = run_kernels(none, doubles(random.floats(20 * 16)), nullptr, Layout::kHeadsInside, 0, 2, "no keys");
    expect(all_are(empty.out, 0.0f) && all_are(empty.lse, -INFINITY) && all_are(empty.dq, 0.0f), "no keys at all");
}

void Nan_reaches_what_sees_it_and_nothing_else()
{
    Random random(6);
    AttentionArrays a = random_arrays(random, 1, 1, 1, 100, 100, 32, 1.0f);
    a.mask.kind = GN_ATTENTION_CAUSAL;
    a.k[(size_t)(37 * 32 + 5)] = NAN;
    const KernelResult r = run_kernels(a, doubles(random.floats(100 * 32)), nullptr, Layout::kHeadsInside, 0, 1, "NaN");
    bool as_seen = true;
    for (int64_t i = 0; i < 100; ++i) {
        as_seen &= std::isnan(r.lse[(size_t)i]) == (i >= 37);
        as_seen &= std::isnan(r.out[(size_t)(i * 32)]) == (i >= 37);
        as_seen &= std::isnan(r.dq[(size_t)(i * 32)]) == (i >= 37);
    }
    expect(as_seen, "a NaN key makes exactly the queries that see it NaN");
}

// Two halves of the keys, merged, are the whole; the halves' gradients from the merged lse add up to the whole's.
void Blocks_merge_to_the_whole()
{
    Random random(7);
    const int64_t t = 90, half = 45, d = 32, heads = 4;
    AttentionArrays a = random_arrays(random, 1, 2, 2, t, t, d, 3.0f);
    a.mask.kind = GN_ATTENTION_CAUSAL;
    const AttentionResult whole = attention_forward(a);
    const std::vector<double> dout = doubles(random.floats(heads * t * d));
    const AttentionGradients gradients = attention_backward(a, dout, std::vector<double>((size_t)(heads * t)));
    const auto part = [&](const std::vector<double>& values, int64_t first) {
        std::vector<float> result;
        for (int64_t h = 0; h < 2; ++h) {
            for (int64_t e = 0; e < half * d; ++e) {
                result.push_back((float)values[(size_t)((h * t + first) * d + e)]);
            }
        }
        return result;
    };
    std::vector<float> q(a.q.begin(), a.q.end()), g(dout.begin(), dout.end());
    std::vector<float> k[2] = {part(a.k, 0), part(a.k, half)}, v[2] = {part(a.v, 0), part(a.v, half)};
    const gn_kernels_attention_shape shape{1, heads, 2, t, half, d, (float)a.scale, 2, GN_PRODUCT_FLOAT32, 0};
    const auto queries = [&](std::vector<float>& x) { return gn_kernels_attention_tensor{x.data(), heads * t * d, t * d, d}; };
    const auto keys = [&](std::vector<float>& x) { return gn_kernels_attention_tensor{x.data(), 2 * half * d, half * d, d}; };
    std::vector<float> out[2], lse[2];
    gn_kernels_attention_mask masks[2] = {};
    for (int i = 0; i < 2; ++i) {
        masks[i].kind = GN_ATTENTION_CAUSAL;
        masks[i].causal_offset = -i * half;
        out[i].resize(q.size());
        lse[i].resize((size_t)(heads * t));
        const auto tq = queries(q), tk = keys(k[i]), tv = keys(v[i]), to = queries(out[i]);
        gn_kernels_attention_forward(&shape, &masks[i], &tq, &tk, &tv, &to, lse[i].data());
    }

    std::vector<float> delta((size_t)(heads * t));
    for (size_t row = 0; row < delta.size(); ++row) {
        for (size_t e = row * (size_t)d; e < (row + 1) * (size_t)d; ++e) {
            delta[row] += (float)(dout[e] * whole.out[e]);
        }
    }

    for (const int first : {0, 1}) {
        std::vector<float> merged = out[first], merged_lse = lse[first];
        const auto to = queries(merged), from = queries(out[1 - first]);
        gn_kernels_attention_merge(&shape, &to, merged_lse.data(), &from, lse[1 - first].data());
        expect_close(merged, whole.out, 2e-6, 2e-6, "merged out");
        expect_close(merged_lse, whole.lse, 2e-6, 2e-6, "merged lse");
        std::vector<double> dq(q.size()), dk, dv;
        std::vector<float> part_dq(q.size()), part_dk[2], part_dv[2];
        for (int i = 0; i < 2; ++i) {
            part_dk[i].resize(k[i].size());
            part_dv[i].resize(v[i].size());
            const auto tq = queries(q), tk = keys(k[i]), tv = keys(v[i]), tg = queries(g);
            const auto tdq = queries(part_dq), tdk = keys(part_dk[i]), tdv = keys(part_dv[i]);
            gn_kernels_attention_backward(&shape, &masks[i], &tq, &tk, &tv, first == 0 ? &to : nullptr, merged_lse.data(),
                                          first == 0 ? nullptr : delta.data(), &tg, nullptr, &tdq, &tdk, &tdv);
            for (size_t e = 0; e < dq.size(); ++e) {
                dq[e] += part_dq[e];
            }
        }
        for (int64_t h = 0; h < 2; ++h) {
            for (int i = 0; i < 2; ++i) {
                dk.insert(dk.end(), &part_dk[i][(size_t)(h * half * d)], &part_dk[i][0] + (h + 1) * half * d);
                dv.insert(dv.end(), &part_dv[i][(size_t)(h * half * d)], &part_dv[i][0] + (h + 1) * half * d);
            }
        }
        expect_close(dq, gradients.dq, 2e-5, 2e-5, "merged dq");
        expect_close(dk, gradients.dk, 2e-5, 2e-5, "merged dk");
        expect_close(dv, gradients.dv, 2e-5, 2e-5, "merged dv");
    }
}

void Contradictions_are_refused()
{
    std::vector<float> data(64);
    const gn_kernels_attention_tensor t{data.data(), 16, 16, 16};
    gn_kernels_attention_shape shape{1, 1, 1, 1, 1, 16, 1.0f, 1, GN_PRODUCT_FLOAT32, 0};
    std::vector<int32_t> ids(1);
    const auto refused = [&](const gn_kernels_attention_shape& s, const gn_kernels_attention_mask& m) {
        return gn_kernels_attention_forward(&s, &m, &t, &t, &t, &t, data.data()) == GN_KERNEL_BAD_ARGUMENT;
    };
    gn_kernels_attention_mask mask{};
    mask.segment_q = ids.data();
    expect(refused(shape, mask), "segments of queries without those of keys are refused");
    mask = {};
    mask.rank_q = mask.rank_k = ids.data();
    expect(refused(shape, mask), "ranks without GN_ATTENTION_RANKED are refused");
    mask = {};
    shape.query_heads = 3;
    shape.key_heads = 2;
    expect(refused(shape, mask), "query heads that key heads do not divide are refused");
    shape.query_heads = shape.key_heads = 1;
    expect(gn_kernels_attention_backward(&shape, &mask, &t, &t, &t, nullptr, data.data(), nullptr, &t, nullptr, &t, &t, &t)
               == GN_KERNEL_BAD_ARGUMENT,
           "a backward with neither out nor delta is refused");
}

}  // namespace

void test_attention()
{
    Kernel_equals_reference_under_every_law_and_shape();
    Kernel_equals_reference_with_large_scores();
    Reference_gradients_equal_central_differences();
    Results_do_not_depend_on_threads_or_runs();
    Many_keys_in_turns_give_the_same_bits();
    Queries_that_see_nothing_give_zero_and_minus_infinity();
    Nan_reaches_what_sees_it_and_nothing_else();
    Blocks_merge_to_the_whole();
    Contradictions_are_refused();
}

}  // namespace granary::kernels::tests
