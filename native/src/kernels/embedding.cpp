// Embedding gradient. Threads share out columns, not rows: each adds all N rows to its own columns in order, so there
// is nothing to lock or sort and the sums come out the same for any number of threads. The price is that more threads
// than d / 16 have nothing to do (48 at d = 768).
#include "granary/kernels_embedding.h"

#include <algorithm>

#include "row_reduction.h"

extern "C" int32_t gn_kernels_embedding_backward(
    const int64_t* ids, int64_t rows, int64_t padding_id, const float* dout, int64_t dout_stride, float* dweight,
    int64_t vocabulary, int64_t width, int32_t threads)
{
    using namespace granary::kernels;
    const auto is_valid_id = [&](int64_t id) { return (id >= 0 && id < vocabulary) || id == padding_id; };
    if (rows < 0 || width <= 0 || vocabulary < 0 || threads < 0
        || (rows > 0 && (ids == nullptr || dout == nullptr || dweight == nullptr || dout_stride < width))
        || !std::all_of(ids, ids + rows, is_valid_id)) {
        return refuse(__func__);
    }
    constexpr int64_t kColumns = 16;  // one cache line: neighbours never write to the same one
    for_each_share(divide_up(width, kColumns), 1, threads, [&](int64_t first, int64_t last) {
        const int64_t begin = first * kColumns;
        const int64_t end = std::min(last * kColumns, width);
        for (int64_t n = 0; n < rows; ++n) {
            if (ids[n] == padding_id) {
                continue;
            }
            const float* from = dout + n * dout_stride + begin;
            float* to = dweight + ids[n] * width + begin;
            for_each_vector(end - begin, [&](int64_t i, int count) {
                store_up_to(to + i, load_up_to(to + i, count) + load_up_to(from + i, count), count);
            });
        }
    });
    return GN_OK;
}
