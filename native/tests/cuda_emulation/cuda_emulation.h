// Runs CUDA kernels on a CPU, so that their arithmetic and their indexing can be tested where no device is.
//
// Blocks run one after another; a block's threads are fibers that run until they wait for others. What is emulated is
// what the kernels use: index variables, shared memory, barriers, and the collective functions of a warp, which every
// lane must call. Two orders, forwards and backwards, make a missing barrier show as a difference in bits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define GN_DYNAMIC_SHARED(name) unsigned char* const name = granary::cuda::emulation::dynamic_shared()

struct dim3
{
    unsigned x, y, z;
    constexpr dim3(unsigned x_size = 1, unsigned y_size = 1, unsigned z_size = 1) : x(x_size), y(y_size), z(z_size) {}
};

struct alignas(16) uint4
{
    unsigned x, y, z, w;
};

struct alignas(16) float4
{
    float x, y, z, w;
};

struct alignas(8) float2
{
    float x, y;
};

extern dim3 threadIdx;
extern dim3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;

namespace granary::cuda::emulation {

constexpr int kLanes = 32;
constexpr int kSlotBytes = 64;

enum class Order { kForwards, kBackwards };

// The order of blocks and of the threads in each, for launches from now on.
void set_order(Order order);

// A launch: runs `thread` once for every thread of every block, and returns when all have ended.
void run(dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread);

unsigned char* dynamic_shared();
void wait_for_block();
int lane();

// Leaves `mine` for the other lanes of the warp and waits for theirs; slot i of the result is lane i's, kSlotBytes apart.
const unsigned char* exchange(const void* mine, size_t bytes);

// Copies that happen when the thread waits for them; `from` null: zeros.
void copy_async(void* to, const void* from, size_t bytes);
void wait_for_copies();

template <typename T>
T from_lane(const unsigned char* slots, int lane)
{
    static_assert(sizeof(T) <= kSlotBytes);
    T value;
    std::memcpy(&value, slots + lane * kSlotBytes, sizeof value);
    return value;
}

// ldmatrix.x4: lane i gives row i % 8 of matrix i / 8, and gets two neighbours of each matrix.
template <typename Row>
void load_matrices(uint32_t (&to)[4], const Row* row, bool transposed)
{
    const unsigned char* rows = exchange(&row, sizeof row);
    for (int matrix = 0; matrix < 4; ++matrix) {
        uint16_t pair[2];
        for (int i = 0; i < 2; ++i) {
            const int major = transposed ? lane() % 4 * 2 + i : lane() / 4;
            const int minor = transposed ? lane() / 4 : lane() % 4 * 2 + i;
            std::memcpy(&pair[i], from_lane<const Row*>(rows, matrix * 8 + major) + minor, sizeof pair[i]);
        }
        to[matrix] = pair[0] | (uint32_t)pair[1] << 16;
    }
}

// mma.m16n8k16 of bfloat16 with fp32 sums.
void multiply_add(float (&sums)[4], const uint32_t (&a)[4], uint32_t b_low, uint32_t b_high);

}  // namespace granary::cuda::emulation

inline void __syncthreads() { granary::cuda::emulation::wait_for_block(); }

inline void __syncwarp(unsigned = 0xffffffffu)
{
    const int nothing = 0;
    granary::cuda::emulation::exchange(&nothing, sizeof nothing);
}

template <typename T>
T __shfl_xor_sync(unsigned, T value, int mask)
{
    namespace emulation = granary::cuda::emulation;
    const unsigned char* slots = emulation::exchange(&value, sizeof value);
    return emulation::from_lane<T>(slots, emulation::lane() ^ mask);
}

inline unsigned __ballot_sync(unsigned, int predicate)
{
    namespace emulation = granary::cuda::emulation;
    const unsigned char* slots = emulation::exchange(&predicate, sizeof predicate);
    unsigned bits = 0;
    for (int i = 0; i < emulation::kLanes; ++i) {
        bits |= (emulation::from_lane<int>(slots, i) != 0 ? 1u : 0u) << i;
    }
    return bits;
}

inline int __reduce_min_sync(unsigned, int value)
{
    namespace emulation = granary::cuda::emulation;
    const unsigned char* slots = emulation::exchange(&value, sizeof value);
    for (int i = 0; i < emulation::kLanes; ++i) {
        value = std::min(value, emulation::from_lane<int>(slots, i));
    }
    return value;
}

inline int __reduce_max_sync(unsigned mask, int value) { return ~__reduce_min_sync(mask, ~value); }

inline int __ffs(int bits) { return __builtin_ffs(bits); }

inline float __uint_as_float(unsigned bits)
{
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
