// bfloat16 by its definition.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace granary::kernels::tests {

inline uint32_t bits_of(float x)
{
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits;
}

inline float float_of(uint32_t bits)
{
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

// The nearer of the two bfloat16 beside a value, the even one in the middle.
inline uint16_t rounded(float x)
{
    const uint32_t below = bits_of(x) >> 16;
    if (!std::isfinite(x)) {
        return (uint16_t)(std::isnan(x) ? below | 0x40u : below);
    }
    const double low = float_of(below << 16), gap = (double)float_of((below & 0x7f80u) << 16) / 128, from = std::fabs((double)x - low);
    const bool is_up = from > gap / 2 || (from == gap / 2 && below % 2 == 1);
    return (uint16_t)(below + (is_up ? 1 : 0));
}

}  // namespace granary::kernels::tests
