// The kernels' tests in the small: keyed random numbers, comparison with a double-precision reference, a tally.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace granary::kernels::tests {

struct Tally
{
    int64_t checks = 0;
    int64_t failures = 0;
};

inline Tally tally;

inline void expect(bool holds, const std::string& what)
{
    ++tally.checks;
    if (!holds) {
        ++tally.failures;
        if (tally.failures <= 40) {
            std::printf("FAILED: %s\n", what.c_str());
        }
    }
}

// SplitMix64: the same numbers on every machine.
class Random
{
public:
    explicit Random(uint64_t seed) : _state(seed) {}

    uint64_t bits()
    {
        uint64_t z = (_state += 0x9e3779b97f4a7c15ull);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }

    int64_t between(int64_t low, int64_t high) { return low + (int64_t)(bits() % (uint64_t)(high - low + 1)); }

    float uniform(float low, float high) { return low + (high - low) * (float)((bits() >> 40) * 0x1p-24); }

    std::vector<float> floats(int64_t count, float low = -1.0f, float high = 1.0f)
    {
        std::vector<float> values((size_t)count);
        for (float& value : values) {
            value = uniform(low, high);
        }
        return values;
    }

private:
    uint64_t _state;
};

// |actual - expected| <= absolute + relative * |expected| for every element; NaN and infinities must agree in kind.
template <typename Actual>
void expect_close(const std::vector<Actual>& actual, const std::vector<double>& expected, double absolute,
                  double relative, const std::string& what)
{
    expect(actual.size() == expected.size(), what + ": sizes differ");
    double worst = 0.0;
    size_t at = 0;
    bool kinds_agree = true;
    for (size_t i = 0; i < actual.size() && i < expected.size(); ++i) {
        const double a = (double)actual[i];
        const double e = expected[i];
        if (!std::isfinite(a) || !std::isfinite(e)) {
            if (!((std::isnan(a) && std::isnan(e)) || a == e)) {
                kinds_agree = false;
                at = i;
                break;
            }
            continue;
        }
        const double excess = std::fabs(a - e) / (absolute + relative * std::fabs(e));
        if (excess > worst) {
            worst = excess;
            at = i;
        }
    }
    char text[256];
    if (!actual.empty() && at < expected.size()) {
        std::snprintf(text, sizeof text, ": [%zu] is %.9g, expected %.9g (%.2f of the tolerance)", at,
                      (double)actual[at], expected[at], worst);
    } else {
        text[0] = 0;
    }
    expect(kinds_agree && worst <= 1.0, what + text);
}

inline void expect_same_bits(const std::vector<float>& a, const std::vector<float>& b, const std::string& what)
{
    expect(a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0), what);
}

void test_activation();
void test_attention();
void test_attention_bfloat16();
void test_decode();
void test_embedding();
void test_loss();
void test_norm();
void test_optimizer();
void test_product();
void test_product_bfloat16();
void test_rotary();

}  // namespace granary::kernels::tests
