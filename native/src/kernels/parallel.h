// Threads, scratch memory and the C boundary of the kernels.
#pragma once

#include <omp.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>

#include "granary/error.h"
#include "granary/kernels.h"

// Weak: the library the kernels are part of has it, their own tests do not need it.
extern "C" __attribute__((weak)) void gn_error_set(const char* text);

namespace granary::kernels {

inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t round_up(int64_t a, int64_t b) { return divide_up(a, b) * b; }

// The threads a call uses: what it may use, but no more than it has tasks.
inline int thread_count(int32_t allowed, int64_t tasks)
{
    const int64_t most = allowed > 0 ? allowed : omp_get_max_threads();
    return (int)(tasks < 1 ? 1 : tasks < most ? tasks : most);
}

// Runs body(task, slot) for each task on up to `threads` threads, handed out in order as threads become free; `slot`
// counts the call's threads from 0. A task writes only what belongs to it, so the order in which tasks finish cannot be
// seen.
template <typename Body>
void for_each_task(int64_t tasks, int32_t threads, const Body& body)
{
    const int count = thread_count(threads, tasks);
    if (count == 1) {
        for (int64_t task = 0; task < tasks; ++task) {
            body(task, 0);
        }
        return;
    }
#pragma omp parallel for num_threads(count) schedule(dynamic, 1)
    for (int64_t task = 0; task < tasks; ++task) {
        body(task, omp_get_thread_num());
    }
}

// Runs body(first, last) over [0, items) in equal contiguous shares of at least `grain` items, one per thread.
template <typename Body>
void for_each_share(int64_t items, int64_t grain, int32_t threads, const Body& body)
{
    const int count = thread_count(threads, divide_up(items, grain));
    if (count == 1) {
        body((int64_t)0, items);
        return;
    }
#pragma omp parallel for num_threads(count) schedule(static, 1)
    for (int share = 0; share < count; ++share) {
        body(items * share / count, items * (share + 1) / count);
    }
}

// Cache-line aligned memory, one piece for each thread of a call, got before the parallel region, where bad_alloc may
// still be thrown. The calling thread keeps it for the next call: fresh pages every time would cost a small kernel more
// than its work. One set at a time.
class ScratchSet
{
public:
    ScratchSet(int threads, int64_t floats_per_thread) : _stride(round_up(floats_per_thread, 16))
    {
        const int64_t floats = _stride * threads;
        if (floats > kept_floats) {
            kept_floats = 0;
            kept.reset(static_cast<float*>(std::aligned_alloc(64, (size_t)(floats * 4))));
            if (!kept) {
                throw std::bad_alloc();
            }
            kept_floats = floats;
        }
        _base = kept.get();
    }

    float* piece(int slot) const { return _base + _stride * slot; }

private:
    struct Free
    {
        void operator()(float* p) const { std::free(p); }
    };
    static inline thread_local std::unique_ptr<float, Free> kept;
    static inline thread_local int64_t kept_floats = 0;

    float* _base;
    int64_t _stride;
};

// Leaves the reason where gn_error_last() finds it and hands the status on.
inline int32_t fail(int32_t status, const char* function, const char* reason)
{
    if (gn_error_set != nullptr) {
        char text[256];
        std::snprintf(text, sizeof text, "%s %s", function, reason);
        gn_error_set(text);
    }
    return status;
}

inline int32_t refuse(const char* function)
{
    return fail(GN_KERNEL_BAD_ARGUMENT, function,
                "was given a null, negative or contradictory argument; its header says what each may be.");
}

// The only place where C++ exceptions meet the C boundary; bodies throw nothing but bad_alloc.
template <typename Body>
int32_t guarded(const char* function, const Body& body)
{
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return fail(GN_KERNEL_OUT_OF_MEMORY, function, "could not allocate its scratch memory.");
    }
}

}  // namespace granary::kernels
