// bfloat16: the upper half of a float32.
#pragma once

#include "simd.h"

namespace granary::kernels {

using Words = uint32_t __attribute__((vector_size(kLanes * sizeof(uint32_t))));
using Halves = uint16_t __attribute__((vector_size(kLanes * sizeof(uint16_t))));

// The nearest bfloat16, ties to even, as a float32; what is not a number stays so.
GN_INLINE Floats round_to_bfloat16(Floats x)
{
    const Words bits = (Words)x;
    const Words nearest = bits + 0x7fffu + ((bits >> 16) & 1u);
    const Words quiet = bits | 0x00400000u;
    return (Floats)((x == x ? nearest : quiet) & 0xffff0000u);
}

GN_INLINE Floats widen(Halves x) { return (Floats)(__builtin_convertvector(x, Words) << 16); }

// The first `count` lanes from memory, the others zero.
GN_INLINE Floats widen_up_to(const uint16_t* p, int count)
{
    Halves x{};
    if (count >= kLanes) {
        std::memcpy(&x, p, sizeof x);
    } else {
        std::memcpy(&x, p, sizeof(uint16_t) * (size_t)count);
    }
    return widen(x);
}

// The first `count` lanes, rounded, to memory.
GN_INLINE void store_bfloat16(uint16_t* p, Floats x, int count)
{
    const Halves halves = __builtin_convertvector((Words)round_to_bfloat16(x) >> 16, Halves);
    if (count == kLanes) {
        std::memcpy(p, &halves, sizeof halves);
    } else {
        std::memcpy(p, &halves, sizeof(uint16_t) * (size_t)count);
    }
}

#if defined(__AVX512BF16__)

// The lower half's words and the upper half's in turns: cells of two rows, of which one follows the other.
GN_INLINE Floats in_turns(__m512i halves)
{
    alignas(64) static constexpr uint16_t kOrder[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                        8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    return (Floats)_mm512_permutexvar_epi16(_mm512_load_si512(kOrder), halves);
}

#endif

}  // namespace granary::kernels
