// Times the kernels: granary_kernels_bench [threads ...], default 1 and all. Each line is the best of several runs;
// GFLOP/s count the useful work only (visible query-key pairs), so skipped and masked work does not flatter.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <vector>

#include "check.h"
#include "granary/kernels_activation.h"
#include "granary/kernels_attention.h"
#include "granary/kernels_decode.h"
#include "granary/kernels_embedding.h"
#include "granary/kernels_loss.h"
#include "granary/kernels_norm.h"
#include "granary/kernels_optimizer.h"
#include "granary/kernels_rotary.h"

namespace {

using granary::kernels::tests::Random;

// One thread is timed by its own processor time, which other programs on the machine do not lengthen.
double now(int threads)
{
    timespec time{};
    clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// The best of at least 7 runs and 0.3 seconds.
double best_seconds(int threads, const std::function<void()>& body)
{
    double best = 1e9;
    double spent = 0.0;
    for (int run = 0; run < 7 || (spent < 0.3 && run < 1000); ++run) {
        const double start = now(threads);
        body();
        const double seconds = now(threads) - start;
        best = std::min(best, seconds);
        spent += seconds;
    }
    return best;
}

// What the cores can do at most: independent FMAs on registers, nothing else.
double peak_gflops(int threads)
{
    using Wide = float __attribute__((vector_size(64)));
    constexpr int kChains = 16;
    constexpr int64_t kSteps = 4000000;
    const double seconds = best_seconds(threads, [&] {
#pragma omp parallel num_threads(threads)
        {
            Wide sums[kChains];
            for (int i = 0; i < kChains; ++i) {
                sums[i] = Wide{} + (1.0f + 0.001f * (float)i);
            }
            for (int64_t step = 0; step < kSteps / 4; ++step) {
#pragma GCC unroll 16
                for (int i = 0; i < kChains; ++i) {
                    sums[i] = sums[i] * 0.999f + 0.001f;
                }
            }
            Wide total = sums[0];
            for (int i = 1; i < kChains; ++i) {
                total += sums[i];
            }
            asm volatile("" : : "m"(total));  // somebody might read it, so the compiler may not drop the loop
        }
    });
    return threads * (kSteps / 4) * kChains * 16 * 2 / seconds * 1e-9;
}

struct AttentionCase
{
    int64_t batch;
    int64_t heads;
    int64_t key_heads;
    int64_t length;
    int64_t dim;
    int64_t document;  // 0: one causal sequence, else packed documents of this length
};

// The composition of full matrices that the fused kernel replaces, one thread, compiled with the same flags.
void naive_forward(const float* q, const float* k, const float* v, int64_t stride, int64_t length, int64_t dim, float scale,
                   float* scores, float* out)
{
    for (int64_t i = 0; i < length; ++i) {
        float* row = scores + i * length;
        for (int64_t j = 0; j < length; ++j) {
            float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
            for (int64_t d = 0; d < dim; ++d) {
                sum += q[i * stride + d] * k[j * stride + d];
            }
            row[j] = j <= i ? sum * scale : -INFINITY;
        }
    }
    for (int64_t i = 0; i < length; ++i) {
        float* row = scores + i * length;
        const float top = *std::max_element(row, row + length);
        float total = 0.0f;
        for (int64_t j = 0; j < length; ++j) {
            row[j] = std::exp(row[j] - top);
            total += row[j];
        }
        for (int64_t j = 0; j < length; ++j) {
            row[j] /= total;
        }
    }
    for (int64_t i = 0; i < length; ++i) {
        std::fill(out + i * dim, out + (i + 1) * dim, 0.0f);
        for (int64_t j = 0; j < length; ++j) {
            const float p = scores[i * length + j];
#pragma omp simd
            for (int64_t d = 0; d < dim; ++d) {
                out[i * dim + d] += p * v[j * stride + d];
            }
        }
    }
}

void bench_attention(const AttentionCase& c, int32_t products, int threads, double peak)
{
    Random random(1);
    const int64_t width = (c.heads + 2 * c.key_heads) * c.dim;  // a fused projection: q, k and v side by side
    const int64_t rows = c.batch * c.length;
    std::vector<float> qkv = random.floats(rows * width), dqkv(qkv.size());
    std::vector<float> out((size_t)(rows * c.heads * c.dim)), lse((size_t)(rows * c.heads));
    std::vector<float> dout = random.floats(rows * c.heads * c.dim);
    std::vector<int32_t> segments;
    for (int64_t i = 0; i < rows && c.document > 0; ++i) {
        segments.push_back((int32_t)(i % c.length / c.document) + 1);
    }
    const auto part = [&](std::vector<float>& data, int64_t head) {
        return gn_kernels_attention_tensor{data.data() + head * c.dim, c.length * width, c.dim, width};
    };
    const auto whole = [&](std::vector<float>& data) {
        return gn_kernels_attention_tensor{data.data(), c.length * c.heads * c.dim, c.dim, c.heads * c.dim};
    };
    const auto q = part(qkv, 0), k = part(qkv, c.heads), v = part(qkv, c.heads + c.key_heads);
    const auto dq = part(dqkv, 0), dk = part(dqkv, c.heads), dv = part(dqkv, c.heads + c.key_heads);
    const auto to = whole(out), from = whole(dout);
    const gn_kernels_attention_shape shape{c.batch,  c.heads, c.key_heads,                              c.length, c.length,
                                           c.dim, 1.0f / std::sqrt((float)c.dim), threads, products, 0};
    gn_kernels_attention_mask mask{};
    mask.kind = GN_ATTENTION_CAUSAL;
    mask.segment_q = mask.segment_k = c.document > 0 ? segments.data() : nullptr;

    const double forward = best_seconds(threads, [&] { gn_kernels_attention_forward(&shape, &mask, &q, &k, &v, &to, lse.data()); });
    const double backward = best_seconds(threads, [&] {
        gn_kernels_attention_backward(&shape, &mask, &q, &k, &v, &to, lse.data(), nullptr, &from, nullptr, &dq, &dk, &dv);
    });

    const double document = (double)(c.document > 0 ? c.document : c.length);
    const double product = 2.0 * (double)(rows * c.heads * c.dim) * (document + 1.0) / 2.0 * 1e-9;
    const double f = 2.0 * product / forward, b = 5.0 * product / backward;
    std::printf("attention B%lld H%lld/%lld T%lld D%lld%s %s, %d threads: forward %8.3f ms %6.1f GFLOP/s (%4.1f %%), backward %8.3f ms %6.1f GFLOP/s (%4.1f %%)",
                (long long)c.batch, (long long)c.heads, (long long)c.key_heads, (long long)c.length, (long long)c.dim,
                c.document > 0 ? " packed" : "", products == GN_PRODUCT_FLOAT32 ? "fp32" : "bf16", threads, forward * 1e3, f, 100.0 * f / peak, backward * 1e3, b,
                100.0 * b / peak);
    if (threads == 1 && products == GN_PRODUCT_FLOAT32 && c.document == 0 && c.heads == c.key_heads) {
        std::vector<float> scores((size_t)(c.length * c.length)), naive_out((size_t)(c.length * c.dim));
        const double naive = best_seconds(threads, [&] {
            naive_forward(q.data, k.data, v.data, width, c.length, c.dim, shape.scale, scores.data(), naive_out.data());
        });
        std::printf(", naive forward %.1f times slower", naive * (double)(c.batch * c.heads) / forward);
    }
    std::printf("\n");
}

void report(const char* name, int threads, double bytes, const std::function<void()>& body)
{
    const double seconds = best_seconds(threads, body);
    std::printf("%-44s %d threads: %8.3f ms %7.1f GB/s\n", name, threads, seconds * 1e3, bytes / seconds * 1e-9);
}

void bench_memory(int threads)
{
    Random random(2);
    constexpr int64_t kParameters = 16 << 20;
    std::vector<float> a = random.floats(kParameters), b = random.floats(kParameters), c((size_t)kParameters),
                       d((size_t)kParameters);
    report("copy of 64 MiB (memmove, for comparison)", threads, 8.0 * kParameters, [&] {
#pragma omp parallel for num_threads(threads)
        for (int part = 0; part < 64; ++part) {
            std::copy(&a[(size_t)(part * (kParameters / 64))], &a[0] + (part + 1) * (kParameters / 64),
                      &c[(size_t)(part * (kParameters / 64))]);
        }
    });
    std::fill(c.begin(), c.end(), 0.0f);
    const gn_kernels_optimizer_parameter parameter{a.data(), b.data(), c.data(), d.data(), kParameters, 0.1, nullptr};
    const gn_kernels_optimizer_adamw_settings settings{1e-3, 0.9, 0.95, 1e-8, 1.0, 3};
    report("AdamW, 16 Mi parameters", threads, 28.0 * kParameters,
           [&] { gn_kernels_optimizer_adamw(&parameter, 1, &settings, threads); });
    const gn_kernels_optimizer_span span{b.data(), kParameters};
    double sum = 0.0;
    report("sum of squares, 16 Mi elements", threads, 4.0 * kParameters,
           [&] { gn_kernels_optimizer_sum_squares(&span, 1, &sum, threads); });

    constexpr int64_t kTokens = 256, kVocabulary = 50257;
    std::vector<float> logits = random.floats(kTokens * kVocabulary, -5.0f, 5.0f), gradient(logits.size());
    std::vector<int64_t> targets;
    for (int64_t n = 0; n < kTokens; ++n) {
        targets.push_back(random.between(0, kVocabulary - 1));
    }
    const gn_kernels_loss_rows rows{logits.data(), kVocabulary, targets.data(), nullptr, kTokens, kVocabulary};
    double weight = 0.0;
    report("cross-entropy, 256 x 50257, loss only", threads, 4.0 * kTokens * kVocabulary, [&] {
        gn_kernels_loss_cross_entropy(&rows, nullptr, nullptr, &sum, &weight, nullptr, 0, 1.0f, threads);
    });
    report("cross-entropy, 256 x 50257, with gradient", threads, 8.0 * kTokens * kVocabulary, [&] {
        gn_kernels_loss_cross_entropy(&rows, nullptr, nullptr, &sum, &weight, gradient.data(), kVocabulary, 1.0f, threads);
    });

    constexpr int64_t kRows = 4096, kWidth = 768, kCells = kRows * kWidth;
    std::vector<float> gamma = random.floats(kWidth), mean((size_t)kRows), rstd((size_t)kRows), dgamma((size_t)kWidth),
                       dbeta((size_t)kWidth);
    report("layer norm forward, 4096 x 768", threads, 8.0 * kCells, [&] {
        gn_kernels_norm_layer_forward(a.data(), nullptr, nullptr, gamma.data(), gamma.data(), c.data(), mean.data(),
                                      rstd.data(), kRows, kWidth, 1e-5f, threads);
    });
    report("layer norm backward, 4096 x 768", threads, 12.0 * kCells, [&] {
        gn_kernels_norm_layer_backward(a.data(), gamma.data(), mean.data(), rstd.data(), b.data(), nullptr, c.data(),
                                       dgamma.data(), dbeta.data(), kRows, kWidth, threads);
    });
    report("RMS norm forward, 4096 x 768", threads, 8.0 * kCells, [&] {
        gn_kernels_norm_rms_forward(a.data(), nullptr, nullptr, gamma.data(), c.data(), rstd.data(), kRows, kWidth, 1e-5f,
                                    threads);
    });
    report("RMS norm backward, 4096 x 768", threads, 12.0 * kCells, [&] {
        gn_kernels_norm_rms_backward(a.data(), gamma.data(), rstd.data(), b.data(), nullptr, c.data(), dgamma.data(), kRows,
                                     kWidth, threads);
    });

    const gn_kernels_activation_matrix x{a.data(), 3072}, y{b.data(), 3072}, z{c.data(), 3072}, w{d.data(), 3072};
    for (const int32_t kind : {GN_GELU_TANH, GN_GELU_ERF}) {
        report(kind == GN_GELU_TANH ? "GELU tanh forward, 2048 x 3072" : "GELU erf forward, 2048 x 3072", threads,
               8.0 * 2048 * 3072, [&] { gn_kernels_activation_gelu_forward(kind, &x, nullptr, &z, 2048, 3072, threads); });
        report(kind == GN_GELU_TANH ? "GELU tanh backward, 2048 x 3072" : "GELU erf backward, 2048 x 3072", threads,
               12.0 * 2048 * 3072,
               [&] { gn_kernels_activation_gelu_backward(kind, &x, nullptr, &y, &z, nullptr, 2048, 3072, threads); });
    }
    report("SwiGLU forward, 2048 x 3072", threads, 12.0 * 2048 * 3072,
           [&] { gn_kernels_activation_swiglu_forward(&x, &y, &z, 2048, 3072, threads); });
    report("SwiGLU backward, 2048 x 3072", threads, 20.0 * 2048 * 3072,
           [&] { gn_kernels_activation_swiglu_backward(&x, &y, &z, &z, &w, 2048, 3072, threads); });

    std::vector<float> cos = random.floats(1024 * 32), sin = random.floats(1024 * 32);
    const gn_kernels_rotary_tensor heads{a.data(), 1024 * 768, 64, 768, 4, 12, 1024};
    const gn_kernels_rotary_tables tables{cos.data(), sin.data(), 1024, 64};
    report("rotary, 4 x 12 x 1024 x 64", threads, 8.0 * kCells,
           [&] { gn_kernels_rotary_apply(&heads, &tables, nullptr, 0, threads); });

    std::vector<int64_t> ids;
    for (int64_t n = 0; n < kRows; ++n) {
        ids.push_back((int64_t)std::pow(20000.0, random.uniform(0.0f, 1.0f)));  // Zipf's law
    }
    report("embedding backward, 4096 x 768", threads, 12.0 * kCells, [&] {
        gn_kernels_embedding_backward(ids.data(), kRows, -1, b.data(), kWidth, c.data(), 20001, kWidth, threads);
    });
}

// GB/s of weights: as long as they are those of reading alone, further rows are free.
void bench_decode(int threads)
{
    Random random(3);
    constexpr int64_t kInputs = 768, kOutputs = 32768, kWeights = kInputs * kOutputs;
    std::vector<float> weight = random.floats(kWeights), x = random.floats(64 * kInputs), y((size_t)(64 * kOutputs));
    const gn_kernels_optimizer_span span{weight.data(), kWeights};
    uint32_t digest = 0;
    report("reading 32768 x 768 weights", threads, 4.0 * kWeights,
           [&] { gn_kernels_decode_read(&span, 1, &digest, threads); });
    for (const int64_t rows : {1, 2, 4, 8, 16, 64}) {
        char name[64];
        std::snprintf(name, sizeof name, "their product with %lld rows", (long long)rows);
        report(name, threads, 4.0 * kWeights, [&] {
            gn_kernels_decode_linear(x.data(), kInputs, weight.data(), nullptr, y.data(), kOutputs, rows, kInputs, kOutputs,
                                     threads);
        });
    }

    std::vector<float> q = random.floats(8 * 768), k = random.floats(1024 * 768), v = random.floats(1024 * 768);
    std::vector<float> out((size_t)(8 * 768));
    for (const int64_t tokens : {1, 8}) {
        const gn_kernels_attention_shape shape{1, 12, 12, tokens, 1024, 64, 0.125f, threads, GN_PRODUCT_FLOAT32, 0};
        const gn_kernels_attention_tensor qs{q.data(), 8 * 768, 64, 768}, ks{k.data(), 1024 * 768, 64, 768};
        const gn_kernels_attention_tensor vs{v.data(), 1024 * 768, 64, 768}, outs{out.data(), 8 * 768, 64, 768};
        report(tokens == 1 ? "attention of 1 token to 1024, 12 x 64" : "attention of 8 tokens to 1024, 12 x 64", threads,
               8.0 * 1024 * 768, [&] { gn_kernels_decode_attention(&shape, nullptr, &qs, &ks, &vs, &outs); });
    }
}

}  // namespace

int main(int argc, char** argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::vector<int> counts;
    for (int i = 1; i < argc; ++i) {
        counts.push_back(std::atoi(argv[i]));
    }
    if (counts.empty()) {
        counts = {1, omp_get_max_threads()};
    }
    const AttentionCase cases[] = {
        {1, 12, 12, 1024, 64, 0}, {4, 12, 12, 64, 64, 0},  {4, 12, 12, 256, 64, 0}, {1, 12, 4, 1024, 64, 0},
        {1, 8, 8, 1024, 128, 0},  {1, 8, 8, 1000, 80, 0},  {4, 8, 8, 512, 32, 0},   {1, 12, 12, 4096, 64, 0},
        {1, 12, 12, 4096, 64, 512}, {1, 1, 1, 2048, 64, 0},
    };
    for (const int threads : counts) {
        const double peak = peak_gflops(threads);
        std::printf("peak of FMAs on registers, %d threads: %.1f GFLOP/s\n", threads, peak);
        for (const AttentionCase& c : cases) {
            for (const int32_t products : {GN_PRODUCT_FLOAT32, GN_PRODUCT_BFLOAT16}) {
                bench_attention(c, products, threads, peak);
            }
        }
        bench_memory(threads);
        bench_decode(threads);
    }
    return 0;
}
