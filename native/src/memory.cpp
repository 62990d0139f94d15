// Main memory for tensors. glibc gives blocks of some megabytes back to the system when they are freed, and the pages of
// the next one are cleared anew, one fault for each 4 KiB: in training that costs the element-wise operators more than
// their work (GELU over 12 MiB, forward and backward: 10 ms against 3 ms). Freed blocks are therefore kept for the next
// tensor of about their size, and large ones ask for huge pages.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <sys/mman.h>
#ifdef __linux__
#include <malloc.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#include "granary/runtime.h"

namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kPage = size_t{4} << 10;

// Smaller blocks come from the heap as they do without us; its own lists are faster.
constexpr size_t kSmallestKept = size_t{64} << 10;

// Blocks that start at one offset within a page make loads wait for stores to other blocks; starts are spread.
constexpr size_t kColours = 16;
constexpr size_t kColourStep = 5 * kAlignment;
constexpr size_t kHeadRoom = kAlignment + (kColours - 1) * kColourStep;

size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

// Eight sizes for each doubling: a block is at most an eighth too large.
size_t size_class(size_t bytes) {
  size_t power = kSmallestKept;
  while (power * 2 <= bytes) power *= 2;
  return round_up(bytes, power / 8);
}

// Stands right before a block's data.
struct Header {
  void* base;
  size_t size;
};

Header& header_of(void* data) { return *reinterpret_cast<Header*>(static_cast<char*>(data) - sizeof(Header)); }

// Free blocks by size. In use and kept together are at most one and a half times what was in use at one time.
class BlockCache {
 public:
  void* take(size_t bytes) {
    const auto size = size_class(bytes);
    std::unique_lock<std::mutex> lock(mutex_);
    const auto peak = peak_;
    live_ += size;
    peak_ = std::max(peak_, live_);
    const auto found = free_.lower_bound(size);
    if (found != free_.end() && found->first <= size + size / 4) {
      auto* data = found->second.back();
      // The block may be larger than the size that was counted.
      live_ += found->first - size;
      peak_ = std::max(peak_, live_);
      kept_ -= found->first;
      found->second.pop_back();
      if (found->second.empty()) free_.erase(found);
      return data;
    }

    drop_down_to(peak_ - live_ + peak_ / 2);
    const auto colour = colour_++ % kColours;
    lock.unlock();
    auto* data = fresh(size, colour);
    if (data == nullptr) {
      lock.lock();
      drop_down_to(0);
      lock.unlock();
      data = fresh(size, colour);
    }
    if (data == nullptr) {
      lock.lock();
      live_ -= size;
      peak_ = peak;
    }
    return data;
  }

  void give(void* data) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto size = header_of(data).size;
    live_ -= size;
    try {
      free_[size].push_back(data);
      kept_ += size;
    } catch (const std::bad_alloc&) {
      give_back(data);
    }
  }

  void drop_all() {
    const std::lock_guard<std::mutex> lock(mutex_);
    drop_down_to(0);
  }

  void reset_peak() {
    const std::lock_guard<std::mutex> lock(mutex_);
    peak_ = live_;
  }

  void describe(int64_t* live, int64_t* peak, int64_t* kept) {
    const std::lock_guard<std::mutex> lock(mutex_);
    *live = static_cast<int64_t>(live_);
    *peak = static_cast<int64_t>(peak_);
    *kept = static_cast<int64_t>(kept_);
  }

 private:
  static void* fresh(size_t size, size_t colour) {
    auto* base = size >= kHugePage ? map(size + kHeadRoom) : std::aligned_alloc(kAlignment, round_up(size + kHeadRoom, kAlignment));
    if (base == nullptr) return nullptr;
    auto* data = static_cast<char*>(base) + kAlignment + colour * kColourStep;
    header_of(data) = Header{base, size};
    return data;
  }

  // Whole huge pages, and small ones for what is left: a huge page for the last few bytes would be mostly waste.
  static void* map(size_t bytes) {
    const auto whole = round_up(bytes, kPage);
    auto* found = mmap(nullptr, whole + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (found == MAP_FAILED) return nullptr;
    auto* begin = static_cast<char*>(found);
    auto* base = reinterpret_cast<char*>(round_up(reinterpret_cast<size_t>(begin), kHugePage));
    auto* end = base + whole;
    if (base > begin) munmap(begin, base - begin);
    if (begin + whole + kHugePage > end) munmap(end, begin + whole + kHugePage - end);
    madvise(base, whole / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish: without huge pages it works as well
    return base;
  }

  static void give_back(void* data) {
    const auto [base, size] = header_of(data);
    if (size >= kHugePage) {
      munmap(base, round_up(size + kHeadRoom, kPage));
    } else {
      std::free(base);
    }
  }

  // Largest first: one of them is worth many faults.
  void drop_down_to(size_t bytes) {
    while (kept_ > bytes) {
      auto last = std::prev(free_.end());
      give_back(last->second.back());
      kept_ -= last->first;
      last->second.pop_back();
      if (last->second.empty()) free_.erase(last);
    }
  }

  std::mutex mutex_;  // guards all below
  std::map<size_t, std::vector<void*>> free_;
  size_t live_ = 0;
  size_t peak_ = 0;
  size_t kept_ = 0;
  size_t colour_ = 0;
};

// Never destroyed: tensors may outlive static objects.
BlockCache& cache() {
  static auto* blocks = new BlockCache();
  return *blocks;
}

// A block that goes straight back to the heap.
constexpr size_t kNotKept = 0;

void* allocate(size_t bytes) {
  if (bytes == 0) return nullptr;
  if (bytes >= kSmallestKept) {
    auto* data = cache().take(bytes);
    TORCH_CHECK(data != nullptr, "There is no memory left for a tensor of '", bytes,
                "' bytes; use smaller batches or a machine with more memory.");
    return data;
  }

  auto* base = static_cast<char*>(c10::alloc_cpu(bytes + kAlignment));
  header_of(base + kAlignment) = Header{base, kNotKept};
  return base + kAlignment;
}

void release(void* data) {
  if (data == nullptr) return;
  if (header_of(data).size == kNotKept) {
    c10::free_cpu(header_of(data).base);
  } else {
    cache().give(data);
  }
}

// Which of these are virtual, and whether allocate is const, differs between releases; each is defined, and those that
// the base class declares are overridden.
class KeepingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) const { return get(bytes); }
  c10::DataPtr allocate(size_t bytes) { return get(bytes); }
  c10::DeleterFnPtr raw_deleter() const { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const { std::memcpy(to, from, bytes); }

 private:
  static c10::DataPtr get(size_t bytes) {
    auto* data = ::allocate(bytes);
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }
};

// Before any tensor of ours is made. Those that exist already are freed by the allocator that made them.
const bool installed = [] {
  c10::SetCPUAllocator(new KeepingAllocator());
  return true;
}();

}  // namespace

void gn_runtime_get_memory(int64_t* live, int64_t* peak, int64_t* kept) { cache().describe(live, peak, kept); }

void gn_runtime_reset_peak_memory(void) { cache().reset_peak(); }

void gn_runtime_release_memory(void) {
  cache().drop_all();
#ifdef __GLIBC__
  malloc_trim(0);  // blocks of less than a huge page went to the heap, which keeps what is freed
#endif
}
