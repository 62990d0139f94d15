#include "cuda_emulation.h"

#include <setjmp.h>
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

dim3 threadIdx;
dim3 blockIdx;
dim3 blockDim;
dim3 gridDim;

namespace granary::cuda::emulation {

namespace {

constexpr size_t kStackBytes = 256 * 1024;
constexpr int kMostThreads = 1024;

// Whoever waits holds the value that `generation` had; it goes on when the value has changed.
struct Barrier
{
    uint64_t generation = 0;
    int arrived = 0;
};

struct Warp
{
    Barrier barrier;
    alignas(16) unsigned char slots[2][kLanes * kSlotBytes];
};

struct Copy
{
    void* to;
    const void* from;
    size_t bytes;
};

struct Fiber
{
    std::vector<Copy> copies;
    ucontext_t start;
    jmp_buf state;
    dim3 index;
    const Barrier* awaits;
    uint64_t seen;
    bool started;
    bool ended;
};

struct Block
{
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    Barrier barrier;
    int threads = 0;
    int ended = 0;
    std::vector<unsigned char> shared;
    std::unique_ptr<unsigned char[]> stacks;
    const std::function<void()>* thread = nullptr;
    int running = 0;
    ucontext_t scheduler;
    jmp_buf scheduler_state;
};

Block block;
Order order = Order::kForwards;

[[noreturn]] void stop(const char* reason)
{
    std::fprintf(stderr, "The emulated kernel %s (block %u %u %u, thread %d).\n", reason, blockIdx.x, blockIdx.y, blockIdx.z,
                 block.running);
    std::abort();
}

void arrive(Barrier& barrier, int expected)
{
    if (barrier.arrived >= expected) {
        barrier.arrived = 0;
        ++barrier.generation;
    }
}

void wait(Barrier& barrier, int expected)
{
    Fiber& fiber = block.fibers[(size_t)block.running];
    fiber.awaits = &barrier;
    fiber.seen = barrier.generation;
    ++barrier.arrived;
    arrive(barrier, expected);
    if (barrier.generation == fiber.seen && _setjmp(fiber.state) == 0) {
        _longjmp(block.scheduler_state, 1);
    }
}

// A fiber lives on after its thread has ended, as the thread of the same number in the next block.
void run_fiber()
{
    for (;;) {
        (*block.thread)();
        Fiber& fiber = block.fibers[(size_t)block.running];
        if (!fiber.copies.empty()) {
            stop("ends before its copies");
        }
        fiber.ended = true;
        ++block.ended;
        // Threads that have ended are no longer waited for.
        if (block.barrier.arrived > 0) {
            arrive(block.barrier, block.threads - block.ended);
        }
        if (_setjmp(fiber.state) == 0) {
            _longjmp(block.scheduler_state, 1);
        }
    }
}

void resume(int index)
{
    Fiber& fiber = block.fibers[(size_t)index];
    block.running = index;
    threadIdx = fiber.index;
    if (_setjmp(block.scheduler_state) != 0) {
        return;
    }
    if (fiber.started) {
        _longjmp(fiber.state, 1);
    }
    fiber.started = true;
    getcontext(&fiber.start);
    fiber.start.uc_stack.ss_sp = block.stacks.get() + (size_t)index * kStackBytes;
    fiber.start.uc_stack.ss_size = kStackBytes;
    fiber.start.uc_link = nullptr;
    makecontext(&fiber.start, run_fiber, 0);
    setcontext(&fiber.start);
}

// Resumes each lane that waits for nothing; false if there was none.
bool run_warp(int warp)
{
    bool progress = false;
    for (int i = 0; i < kLanes; ++i) {
        const int index = warp * kLanes + (order == Order::kForwards ? i : kLanes - 1 - i);
        const Fiber& fiber = block.fibers[(size_t)index];
        if (!fiber.ended && (fiber.awaits == nullptr || fiber.awaits->generation != fiber.seen)) {
            resume(index);
            progress = true;
        }
    }
    return progress;
}

void run_block(int threads, size_t shared_bytes)
{
    block.ended = 0;
    block.barrier = {};
    block.warps.assign((size_t)(threads / kLanes), Warp{});
    // 0xff everywhere is NaN in both types: what is read before it is written shows.
    block.shared.assign(shared_bytes + 16, 0xff);
    for (int i = 0; i < threads; ++i) {
        Fiber& fiber = block.fibers[(size_t)i];
        const auto at = (unsigned)i;
        fiber.index = dim3(at % blockDim.x, at / blockDim.x % blockDim.y, at / blockDim.x / blockDim.y);
        fiber.ended = false;
        fiber.awaits = nullptr;
    }
    const int warps = threads / kLanes;
    while (block.ended < threads) {
        bool progress = false;
        for (int i = 0; i < warps; ++i) {
            // A warp runs as far as it can before the next one does: what a missing barrier would let it overtake, it overtakes.
            while (run_warp(order == Order::kForwards ? i : warps - 1 - i)) {
                progress = true;
            }
        }
        if (!progress) {
            stop("has threads that wait for one another for ever");
        }
    }
}

}  // namespace

void set_order(Order value) { order = value; }

void run(dim3 grid, dim3 size, size_t shared_bytes, const std::function<void()>& thread)
{
    const int threads = (int)(size.x * size.y * size.z);
    if (threads % kLanes != 0 || threads == 0 || threads > kMostThreads || grid.y > 65535 || grid.z > 65535
        || shared_bytes > 227 * 1024) {
        stop("has a shape that no device takes, or warps that are not full");
    }
    if (block.stacks == nullptr) {
        block.stacks.reset(new unsigned char[kStackBytes * kMostThreads]);
        block.fibers.resize((size_t)kMostThreads);
    }
    block.threads = threads;
    block.thread = &thread;
    gridDim = grid;
    blockDim = size;
    const int64_t blocks = (int64_t)grid.x * grid.y * grid.z;
    for (int64_t i = 0; i < blocks; ++i) {
        const int64_t at = order == Order::kForwards ? i : blocks - 1 - i;
        blockIdx = dim3((unsigned)(at % grid.x), (unsigned)(at / grid.x % grid.y), (unsigned)(at / grid.x / grid.y));
        run_block(threads, shared_bytes);
    }
}

unsigned char* dynamic_shared()
{
    return (unsigned char*)(((uintptr_t)block.shared.data() + 15) / 16 * 16);
}

void wait_for_block() { wait(block.barrier, block.threads - block.ended); }

int lane() { return block.running % kLanes; }

const unsigned char* exchange(const void* mine, size_t bytes)
{
    Warp& warp = block.warps[(size_t)(block.running / kLanes)];
    // Two sets of slots: a lane that is ahead writes into the other one, and cannot be two ahead.
    unsigned char* slots = warp.slots[warp.barrier.generation % 2];
    std::memcpy(slots + lane() * kSlotBytes, mine, bytes);
    wait(warp.barrier, kLanes);
    return slots;
}

void copy_async(void* to, const void* from, size_t bytes)
{
    if ((uintptr_t)to % 16 != 0 || (uintptr_t)from % 16 != 0) {
        stop("copies from or to an address that is not a multiple of 16");
    }
    block.fibers[(size_t)block.running].copies.push_back({to, from, bytes});
}

void wait_for_copies()
{
    std::vector<Copy>& copies = block.fibers[(size_t)block.running].copies;
    for (const Copy& copy : copies) {
        if (copy.from != nullptr) {
            std::memcpy(copy.to, copy.from, copy.bytes);
        } else {
            std::memset(copy.to, 0, copy.bytes);
        }
    }
    copies.clear();
}

void multiply_add(float (&sums)[4], const uint32_t (&a)[4], uint32_t b_low, uint32_t b_high)
{
    struct Registers
    {
        uint32_t a[4];
        uint32_t b[2];
    };
    const Registers mine{{a[0], a[1], a[2], a[3]}, {b_low, b_high}};
    const unsigned char* slots = exchange(&mine, sizeof mine);
    const auto half = [](uint32_t pair, int index) {
        const uint32_t bits = index == 0 ? pair << 16 : pair & 0xffff0000u;
        float value;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    };
    for (int i = 0; i < 4; ++i) {
        const int row = lane() / 4 + i / 2 * 8;
        const int column = lane() % 4 * 2 + i % 2;
        for (int k = 0; k < 16; ++k) {
            const auto a_side = from_lane<Registers>(slots, row % 8 * 4 + k % 8 / 2);
            const auto b_side = from_lane<Registers>(slots, column * 4 + k % 8 / 2);
            sums[i] += half(a_side.a[k / 8 * 2 + row / 8], k % 2) * half(b_side.b[k / 8], k % 2);
        }
    }
}

}  // namespace granary::cuda::emulation
