// Elements in memory and in registers: bfloat16, and the 16-byte vectors that all kernels read and write.
#pragma once

#include "device.cuh"

namespace granary::cuda {

struct bfloat16
{
    uint16_t bits;
};

// Two floats rounded to nearest even, the first in the lower half.
__device__ __forceinline__ uint32_t pack_pair(float low, float high)
{
#ifdef GRANARY_CUDA_EMULATION
    const auto round = [](float value) -> uint32_t {
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        return value != value ? 0x7fffu : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
    };
    return round(low) | round(high) << 16;
#else
    uint32_t pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
#endif
}

__device__ __forceinline__ float low_of(uint32_t pair) { return __uint_as_float(pair << 16); }
__device__ __forceinline__ float high_of(uint32_t pair) { return __uint_as_float(pair & 0xffff0000u); }

// Elements of T in 16 bytes.
template <typename T>
constexpr int kCells = 16 / (int)sizeof(T);

// N neighbours as they lie in memory: one element, or 16 bytes.
template <typename T, int N>
struct PackedType;
template <>
struct PackedType<float, 1>
{
    using Type = float;
};
template <>
struct PackedType<float, 4>
{
    using Type = float4;
};
template <>
struct PackedType<bfloat16, 1>
{
    using Type = bfloat16;
};
template <>
struct PackedType<bfloat16, 8>
{
    using Type = uint4;
};

template <typename T, int N>
using Packed = typename PackedType<T, N>::Type;

__device__ __forceinline__ void unpack(float from, float (&to)[1]) { to[0] = from; }
__device__ __forceinline__ void unpack(bfloat16 from, float (&to)[1]) { to[0] = low_of(from.bits); }

__device__ __forceinline__ void unpack(const float4& from, float (&to)[4])
{
    to[0] = from.x;
    to[1] = from.y;
    to[2] = from.z;
    to[3] = from.w;
}

__device__ __forceinline__ void unpack(const uint4& from, float (&to)[8])
{
    const uint32_t pairs[4] = {from.x, from.y, from.z, from.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        to[2 * i] = low_of(pairs[i]);
        to[2 * i + 1] = high_of(pairs[i]);
    }
}

__device__ __forceinline__ void pack(const float (&from)[1], float& to) { to = from[0]; }
__device__ __forceinline__ void pack(const float (&from)[1], bfloat16& to) { to.bits = (uint16_t)pack_pair(from[0], 0.0f); }
__device__ __forceinline__ void pack(const float (&from)[4], float4& to) { to = float4{from[0], from[1], from[2], from[3]}; }

__device__ __forceinline__ void pack(const float (&from)[8], uint4& to)
{
    to = uint4{pack_pair(from[0], from[1]), pack_pair(from[2], from[3]), pack_pair(from[4], from[5]),
               pack_pair(from[6], from[7])};
}

template <int N, typename T>
__device__ __forceinline__ Packed<T, N> load_packed(const T* from)
{
    return *reinterpret_cast<const Packed<T, N>*>(from);
}

template <typename T, int N>
__device__ __forceinline__ void load(const T* from, float (&to)[N])
{
    unpack(load_packed<N>(from), to);
}

template <typename T, int N>
__device__ __forceinline__ void store(T* to, const float (&from)[N])
{
    Packed<T, N> packed;
    pack(from, packed);
    *reinterpret_cast<Packed<T, N>*>(to) = packed;
}

// Parameters and tables, fp32 beside cells of either type; null gives `absent`.
template <int N>
__device__ __forceinline__ void load_floats(const float* from, float absent, float (&to)[N])
{
#pragma unroll
    for (int i = 0; i < N; ++i) {
        to[i] = absent;
    }
    if (from == nullptr) {
        return;
    }
    if constexpr (N == 1) {
        to[0] = from[0];
    } else {
#pragma unroll
        for (int i = 0; i < N; i += 4) {
            const float4 four = *reinterpret_cast<const float4*>(from + i);
            to[i] = four.x;
            to[i + 1] = four.y;
            to[i + 2] = four.z;
            to[i + 3] = four.w;
        }
    }
}

inline bool is_vector_aligned(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer) % 16 == 0; }

template <typename... Pointers>
bool are_vector_aligned(Pointers... pointers)
{
    return (is_vector_aligned(pointers) && ...);
}

inline bool is_type(int32_t type) { return type == GN_CUDA_FLOAT32 || type == GN_CUDA_BFLOAT16; }

template <typename T>
struct Tag
{
    using Type = T;
};

// body(Tag<T>{}) for the type of a `type` that is_type has let through.
template <typename Body>
int32_t with_type(int32_t type, const Body& body)
{
    return type == GN_CUDA_BFLOAT16 ? body(Tag<bfloat16>{}) : body(Tag<float>{});
}

}  // namespace granary::cuda
