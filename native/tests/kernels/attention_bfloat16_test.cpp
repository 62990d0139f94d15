// Attention whose factors are rounded to bfloat16, in both forms that such products have.
#include "../../src/kernels/attention.h"
#include "../../src/kernels/attention_mask_table.h"
#include "../../src/kernels/product_bfloat16.h"

#include <functional>

#include "attention_laws.h"
#include "bfloat16_reference.h"

namespace granary::kernels::tests {

namespace {

double to_bfloat16(double x) { return float_of((uint32_t)rounded((float)x) << 16); }

// The factors that every form rounds alike; what is left are probabilities and their gradients, 2^-9 of each.
AttentionArrays with_rounded_factors(AttentionArrays a)
{
    const double factor = (float)a.scale * 1.44269504088896340736f;
    for (double& q : a.q) {
        q = to_bfloat16((float)q * (float)factor) / factor;
    }
    for (auto* values : {&a.k, &a.v}) {
        for (double& value : *values) {
            value = to_bfloat16(value);
        }
    }
    return a;
}

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, const std::string& name)
{
    double largest = 0.0;
    for (const double value : expected) {
        largest = std::fmax(largest, std::fabs(value));
    }
    // Where all cancels (one key alone), what is left is the rounding of dout, which delta does not share.
    expect_close(actual, expected, largest * 0x1p-6 + 0x1p-9, 0.0, name);
}

void expect_near_reference(const AttentionArrays& a, const std::vector<double>& dout, const KernelResult& kernel, const std::string& name)
{
    const AttentionArrays rounded = with_rounded_factors(a);
    std::vector<double> rounded_dout = dout;
    for (double& value : rounded_dout) {
        value = to_bfloat16(value);
    }
    const AttentionResult forward = attention_forward(rounded);
    const AttentionGradients backward = attention_backward(rounded, rounded_dout, std::vector<double>(forward.lse.size()));

    expect_close(kernel.lse, forward.lse, 2e-5, 2e-6, name + " lse");
    expect_near(kernel.out, forward.out, name + " out");
    expect_near(kernel.dq, backward.dq, name + " dq");
    expect_near(kernel.dk, backward.dk, name + " dk");
    expect_near(kernel.dv, backward.dv, name + " dv");
}

// One of the forms, whichever a call would choose; [B, H, T, D] without gaps.
KernelResult run_form(const AttentionArrays& a, const std::vector<double>& dout, int32_t threads, bool by_instruction)
{
    const gn_kernels_attention_shape shape = shape_of(a, threads);
    const gn_kernels_attention_mask law = mask_of(a.mask);
    const MaskTable table(shape, law);
    const auto mask = table.arrays();
    const auto floats = [](const std::vector<double>& values) { return std::vector<float>(values.begin(), values.end()); };
    std::vector<float> q = floats(a.q), k = floats(a.k), v = floats(a.v), gradient = floats(dout);
    KernelResult r{std::vector<float>(q.size()), std::vector<float>(q.size() / (size_t)a.head_dim), std::vector<float>(q.size()),
                   std::vector<float>(k.size()), std::vector<float>(k.size())};
    const auto tensor = [&](std::vector<float>& values, int64_t heads, int64_t length) {
        return gn_kernels_attention_tensor{values.data(), heads * length * a.head_dim, length * a.head_dim, a.head_dim};
    };
    const auto queries = [&](std::vector<float>& values) { return tensor(values, a.query_heads, a.query_length); };
    const auto keys = [&](std::vector<float>& values) { return tensor(values, a.key_heads, a.key_length); };
    const auto tq = queries(q), tk = keys(k), tv = keys(v), to = queries(r.out), tg = queries(gradient);
    const auto tdq = queries(r.dq), tdk = keys(r.dk), tdv = keys(r.dv);
    const attention::ForwardCall forward{shape, mask, tq, tk, tv, to, r.lse.data()};
    const attention::BackwardCall backward{shape, mask, tq, tk, tv, to, r.lse.data(), nullptr, tg, nullptr, tdq, tdk, tdv};
    by_instruction ? attention::run_bfloat16_by_instruction(forward) : attention::run_bfloat16_by_float32(forward);
    by_instruction ? attention::run_bfloat16_by_instruction(backward) : attention::run_bfloat16_by_float32(backward);
    return r;
}

void Both_forms_are_near_the_reference_under_every_law_and_shape()
{
    const int64_t dims[] = {16, 32, 64, 80, 96, 128, 1, 7, 20, 33, 100};
    Random random(91);
    for (int law = 0; law < kLaws; ++law) {
        for (int round = 0; round < 8; ++round) {
            const int64_t tq = round < 3 ? random.between(1, 20) : random.between(1, 200);
            const int64_t tk = random.between(0, 1) == 0 ? tq : random.between(1, 200);
            AttentionArrays a = random_arrays(random, random.between(1, 2), random.between(1, 2), random.between(1, 3), tq, tk,
                                              dims[random.between(0, 10)], 2.0f);
            a.mask = make_law(random, law, a);
            a.products = GN_PRODUCT_BFLOAT16;
            const std::vector<double> dout = doubles(random.floats((int64_t)a.q.size()));
            const std::string name = std::string("bf16 attention, ") + kLawNames[law] + ", round " + std::to_string(round);
            const auto threads = (int32_t)random.between(1, 3);

            expect_near_reference(a, dout, run_form(a, dout, threads, false), name + ", by float32");
            if (has_bfloat16_instruction()) {
                expect_near_reference(a, dout, run_form(a, dout, threads, true), name + ", by instruction");
            }
            const KernelResult called = run_kernels(a, dout, nullptr, Layout::kHeadsInside, random.between(0, 3), threads, name);
            expect_same_bits(called.dk, run_form(a, dout, 1, has_bfloat16_instruction()).dk, name + ": layout and threads change nothing");
        }
    }
}

void Queries_that_see_nothing_give_zero_and_minus_infinity()
{
    Random random(92);
    AttentionArrays a = random_arrays(random, 1, 1, 1, 40, 39, 17, 1.0f);
    a.mask.segment_q.assign(40, 2);
    a.mask.segment_k.assign(39, 1);
    a.products = GN_PRODUCT_BFLOAT16;
    for (const bool by_instruction : {false, has_bfloat16_instruction()}) {
        const KernelResult r = run_form(a, doubles(random.floats(40 * 17)), 2, by_instruction);
        const auto all_are = [](const std::vector<float>& v, float value) {
            return std::all_of(v.begin(), v.end(), [&](float x) { return x == value; });
        };
        expect(all_are(r.out, 0.0f) && all_are(r.lse, -INFINITY), "bf16, unseen keys: out 0, lse -inf");
        expect(all_are(r.dq, 0.0f) && all_are(r.dk, 0.0f) && all_are(r.dv, 0.0f), "bf16, unseen keys: no gradient");
    }
}

void Unknown_products_are_refused()
{
    std::vector<float> data(64);
    const gn_kernels_attention_tensor t{data.data(), 16, 16, 16};
    const gn_kernels_attention_shape shape{1, 1, 1, 1, 1, 16, 1.0f, 1, 2, 0};
    expect(gn_kernels_attention_forward(&shape, nullptr, &t, &t, &t, &t, data.data()) == GN_KERNEL_BAD_ARGUMENT,
           "products that are neither float32 nor bfloat16 are refused");
}

}  // namespace

void test_attention_bfloat16()
{
    Both_forms_are_near_the_reference_under_every_law_and_shape();
    Queries_that_see_nothing_give_zero_and_minus_infinity();
    Unknown_products_are_refused();
}

}  // namespace granary::kernels::tests
