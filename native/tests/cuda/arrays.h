// Arrays in the kernels' two types, and comparison with references in double.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "../kernels/check.h"
#include "cuda_emulation.h"
#include "granary/cuda_kernels.h"

namespace granary::cuda::tests {

using granary::kernels::tests::expect;
using granary::kernels::tests::expect_same_bits;
using granary::kernels::tests::Random;

constexpr int32_t kTypes[] = {GN_CUDA_FLOAT32, GN_CUDA_BFLOAT16};

inline const char* name_of(int32_t type) { return type == GN_CUDA_BFLOAT16 ? "bf16" : "fp32"; }

inline uint16_t to_bfloat16(float value)
{
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(std::isnan(value) ? 0x7fffu : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

inline float from_bfloat16(uint16_t value)
{
    const uint32_t bits = (uint32_t)value << 16;
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
}

// `shift` elements behind a 16-byte address; what stands before and behind must stay untouched.
class Array
{
public:
    Array(int32_t type, const std::vector<float>& values, int64_t shift = 0)
        : _type(type), _count(values.size()), _shift((size_t)shift), _bytes((values.size() + (size_t)shift) * size() + 2 * kGuard, kPattern)
    {
        for (size_t i = 0; i < _count; ++i) {
            if (type == GN_CUDA_BFLOAT16) {
                const uint16_t bits = to_bfloat16(values[i]);
                std::memcpy(at(i), &bits, sizeof bits);
            } else {
                std::memcpy(at(i), &values[i], sizeof(float));
            }
        }
    }

    Array(int32_t type, int64_t count, int64_t shift = 0) : Array(type, std::vector<float>((size_t)count, 77.0f), shift) {}

    void* data() { return at(0); }
    float* floats() { return reinterpret_cast<float*>(at(0)); }

    std::vector<float> values() const
    {
        std::vector<float> result(_count);
        for (size_t i = 0; i < _count; ++i) {
            if (_type == GN_CUDA_BFLOAT16) {
                uint16_t bits;
                std::memcpy(&bits, at(i), sizeof bits);
                result[i] = from_bfloat16(bits);
            } else {
                std::memcpy(&result[i], at(i), sizeof(float));
            }
        }
        return result;
    }

    std::vector<double> doubles() const
    {
        const std::vector<float> from = values();
        return {from.begin(), from.end()};
    }

    bool guards_are_untouched() const
    {
        const size_t first = kGuard + _shift * size(), last = first + _count * size();
        for (size_t i = 0; i < _bytes.size(); ++i) {
            if ((i < first || i >= last) && _bytes[i] != kPattern) {
                return false;
            }
        }
        return true;
    }

private:
    static constexpr size_t kGuard = 64;
    static constexpr unsigned char kPattern = 0x5a;

    size_t size() const { return _type == GN_CUDA_BFLOAT16 ? 2 : 4; }
    // std::vector's memory begins at a 16-byte address.
    unsigned char* at(size_t i) { return _bytes.data() + kGuard + (_shift + i) * size(); }
    const unsigned char* at(size_t i) const { return _bytes.data() + kGuard + (_shift + i) * size(); }

    int32_t _type;
    size_t _count;
    size_t _shift;
    std::vector<unsigned char> _bytes;
};

// The largest difference seen in a family, as a part of what it may be.
inline double worst_part = 0.0;

inline void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, double absolute, double relative,
                        const std::string& what)
{
    for (size_t i = 0; i < actual.size() && i < expected.size(); ++i) {
        if (std::isfinite(actual[i]) && std::isfinite(expected[i])) {
            worst_part = std::fmax(worst_part, std::fabs(actual[i] - expected[i]) / (absolute + relative * std::fabs(expected[i])));
        }
    }
    granary::kernels::tests::expect_close(actual, expected, absolute, relative, what);
}

// What rounding a result to `type` may add to a relative tolerance: half of the last place.
inline double rounding_of(int32_t type) { return type == GN_CUDA_BFLOAT16 ? 0x1.01p-8 : 0.0; }

// The results of run() with the threads and blocks in one order; in the other they must have the same bits.
template <typename Run>
std::vector<std::vector<float>> in_both_orders(const std::string& name, const Run& run)
{
    emulation::set_order(emulation::Order::kBackwards);
    const std::vector<std::vector<float>> backwards = run();
    emulation::set_order(emulation::Order::kForwards);
    std::vector<std::vector<float>> forwards = run();
    for (size_t i = 0; i < forwards.size(); ++i) {
        expect_same_bits(forwards[i], backwards[i], name + ": the same bits in both orders, result " + std::to_string(i));
    }
    return forwards;
}

inline std::vector<double> doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

void test_activation();
void test_attention();
void test_columns();
void test_loss();
void test_norm();
void test_optimizer();
void test_rotary();

}  // namespace granary::cuda::tests
