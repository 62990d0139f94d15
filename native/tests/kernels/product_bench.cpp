// Times a layer's three products against OpenBLAS, in turns: granary_product_bench [threads [BLAS library [part of a shape's name]]].
// A line: shape, product, GFLOP/s of both and the ratio of the medians, then the same of
// the fastest calls. OpenBLAS makes a weight's gradient and adds it in one call
// as well (beta = 1), so the comparison is of the products alone.
#include <dlfcn.h>
#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "check.h"
#include "granary/kernels_product.h"

namespace {

using granary::kernels::tests::Random;

// cblas_sgemm(order, transpose a, transpose b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);
constexpr int kRowMajor = 101, kPlain = 111, kTransposed = 112;

// In huge pages, as a training process keeps its tensors.
class Matrix
{
public:
    Matrix(Random& random, int64_t count) : _values(static_cast<float*>(std::aligned_alloc(kHuge, (size_t)((count * 4 + kHuge - 1) / kHuge * kHuge))))
    {
        madvise(_values.get(), (size_t)(count * 4), MADV_HUGEPAGE);
        for (int64_t i = 0; i < count; ++i) {
            _values.get()[i] = random.uniform(-1.0f, 1.0f);
        }
    }

    float* data() const { return _values.get(); }

private:
    static constexpr int64_t kHuge = 2 << 20;

    struct Free
    {
        void operator()(float* p) const { std::free(p); }
    };
    std::unique_ptr<float, Free> _values;
};

double seconds_of(const std::function<void()>& body)
{
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values)
{
    std::nth_element(values.begin(), values.begin() + (std::ptrdiff_t)values.size() / 2, values.end());
    return values[values.size() / 2];
}

struct Shape
{
    const char* name;
    int rows, inputs, outputs;
};

double total_ours = 0.0, total_theirs = 0.0;

void compare(const Shape& s, const char* product, const std::function<void()>& ours, const std::function<void()>& theirs)
{
    const double operations = 2.0 * s.rows * s.inputs * s.outputs;
    const int rounds = std::clamp((int)(1e10 / operations), 7, 400);
    std::vector<double> first, second;
    ours();
    theirs();
    for (int round = 0; round < rounds; ++round) {
        first.push_back(seconds_of(ours));
        second.push_back(seconds_of(theirs));
    }
    total_ours += median(first);
    total_theirs += median(second);
    const double fastest = *std::min_element(first.begin(), first.end()), their_fastest = *std::min_element(second.begin(), second.end());
    std::printf("%-14s %5d x %5d x %5d  %-9s %7.1f %7.1f  %.2f  %7.1f %7.1f  %.2f\n", s.name, s.rows, s.inputs, s.outputs, product,
                operations / median(first) * 1e-9, operations / median(second) * 1e-9, median(second) / median(first),
                operations / fastest * 1e-9, operations / their_fastest * 1e-9, their_fastest / fastest);
}

void compare_shape(const Shape& s, int threads, Sgemm sgemm)
{
    Random random(81);
    const auto [m, i, o] = std::tuple{s.rows, s.inputs, s.outputs};
    // Several weights in turn, so that they come from memory as they do in a step.
    const int copies = std::max(1, (int)(64e6 / (4.0 * i * o)));
    std::vector<Matrix> weights, gradients;
    for (int copy = 0; copy < copies; ++copy) {
        weights.emplace_back(random, (int64_t)i * o);
        gradients.emplace_back(random, (int64_t)i * o);
    }
    const Matrix x(random, (int64_t)m * i), dy(random, (int64_t)m * o), y(random, (int64_t)m * o), dx(random, (int64_t)m * i);
    const gn_kernels_product_shape shape{m, i, o, GN_PRODUCT_FLOAT32, threads};
    const gn_kernels_product_factor xs{x.data(), i, GN_PRODUCT_FLOAT32}, dys{dy.data(), o, GN_PRODUCT_FLOAT32};
    int turn = 0;
    const auto weight = [&] { return weights[(size_t)(turn++ % copies)].data(); };
    const auto gradient = [&] { return gradients[(size_t)(turn++ % copies)].data(); };
    compare(s, "forward", [&] {
        const gn_kernels_product_factor w{weight(), i, GN_PRODUCT_FLOAT32};
        gn_kernels_product_forward(&shape, &xs, &w, nullptr, y.data(), o);
    }, [&] { sgemm(kRowMajor, kPlain, kTransposed, m, o, i, 1, x.data(), i, weight(), i, 0, y.data(), o); });
    compare(s, "of input", [&] {
        const gn_kernels_product_factor w{weight(), i, GN_PRODUCT_FLOAT32};
        gn_kernels_product_of_input(&shape, &dys, &w, dx.data(), i);
    }, [&] { sgemm(kRowMajor, kPlain, kPlain, m, i, o, 1, dy.data(), o, weight(), i, 0, dx.data(), i); });
    compare(s, "of weight", [&] { gn_kernels_product_of_weight(&shape, &dys, &xs, gradient(), i, 1); },
            [&] { sgemm(kRowMajor, kTransposed, kPlain, o, i, m, 1, dy.data(), o, x.data(), i, 1, gradient(), i); });
}

}  // namespace

int main(int argc, char** argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const int threads = argc > 1 ? std::atoi(argv[1]) : omp_get_max_threads();
    const char* name = argc > 2 ? argv[2] : "libopenblas.so.0";
    void* library = dlopen(name, RTLD_NOW);
    const auto sgemm = library == nullptr ? nullptr : (Sgemm)dlsym(library, "cblas_sgemm");
    const auto set_threads = library == nullptr ? nullptr : (void (*)(int))dlsym(library, "openblas_set_num_threads");
    if (sgemm == nullptr) {
        std::fprintf(stderr, "'%s' has no cblas_sgemm; name a BLAS library that has.\n", name);
        return 1;
    }
    if (set_threads != nullptr) {
        set_threads(threads);
    }
    const char* only = argc > 3 ? argv[3] : "";
    const Shape shapes[] = {
        {"gpt2 qkv", 256, 768, 2304},    {"gpt2 out", 256, 768, 768},     {"gpt2 up", 256, 768, 3072},
        {"gpt2 down", 256, 3072, 768},   {"gpt2 head", 256, 768, 50257},  {"gpt2 qkv", 1024, 768, 2304},
        {"gpt2 out", 1024, 768, 768},    {"gpt2 up", 1024, 768, 3072},    {"gpt2 down", 1024, 3072, 768},
        {"llama-30m qkv", 4096, 384, 1152}, {"llama-30m up", 4096, 384, 2048}, {"llama-30m down", 4096, 1024, 384},
        {"small qkv", 512, 128, 384},    {"small up", 512, 128, 512},     {"small 256", 512, 256, 768},
    };
    std::printf("threads %d, %s\n", threads, name);
    for (const Shape& shape : shapes) {
        if (std::string(shape.name).find(only) != std::string::npos) {
            compare_shape(shape, threads, sgemm);
        }
    }
    std::printf("all: %.2f\n", total_theirs / total_ours);
    return 0;
}
