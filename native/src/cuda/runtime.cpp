#include "granary/cuda.h"

#include <ATen/Context.h>
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>

#include "guarded.h"
#include "stream.h"

using granary::guarded;

namespace {

// One pool for all graphs: replays follow each other on one stream, so what one has freed the next may use. The allocator
// drops a pool with its last graph, and takes its name for no other.
class SharedPool {
 public:
  at::cuda::MempoolId_t enter() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (graphs_++ == 0) {
      pool_ = at::cuda::graph_pool_handle();
    }
    return pool_;
  }

  void leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    graphs_--;
  }

 private:
  std::mutex mutex_;
  int64_t graphs_ = 0;
  at::cuda::MempoolId_t pool_;
};

SharedPool& shared_pool() {
  static SharedPool pool;
  return pool;
}

class Graph final : public at::cuda::CUDAGraph {
 public:
  // Undoes what a capture that failed leaves behind. libtorch stops at its first error: the allocator would go on to take the
  // capture for running, and whoever asks for random numbers, as cuDNN's attention does without using them, would be refused.
  void abandon() noexcept {
    if (has_ended(*this, 0)) {
      return;
    }
    for (const auto& entry : captured_generator_states_) {
      entry.first->capturing_ = false;
    }
    try {
      c10::cuda::CUDACachingAllocator::endAllocateToPool(capture_dev_, mempool_id_);
    } catch (...) {
      // It was ended before.
    }
    try {
      c10::cuda::CUDACachingAllocator::releasePool(capture_dev_, mempool_id_);
    } catch (...) {
      // The pool stays, with what it holds.
    }
  }

 private:
  template <typename State>
  static auto has_ended(const State& state, int) -> decltype(state.capture_ended_) {
    return state.capture_ended_;
  }

  // A release without that field says it by what the capture has become.
  template <typename State>
  static bool has_ended(const State& state, long) {
    return state.has_graph_ || state.has_graph_exec_;
  }
};

}  // namespace

struct gn_cuda_graph {
  at::cuda::MempoolId_t pool = shared_pool().enter();
  Graph graph;
  c10::cuda::CUDAStream before = c10::cuda::getCurrentCUDAStream();

  ~gn_cuda_graph() { shared_pool().leave(); }
};

struct gn_cuda_event {
  at::cuda::CUDAEvent event{cudaEventDefault};
};

void* granary::cuda::current_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

int32_t gn_cuda_get_count(int32_t* count) {
  return guarded([&] { *count = c10::cuda::device_count(); });
}

int32_t gn_cuda_get_device(int32_t index, gn_cuda_device* device) {
  return guarded([&] {
    const auto* properties = at::cuda::getDeviceProperties(static_cast<c10::DeviceIndex>(index));
    device->name = properties->name;
    device->total_memory = static_cast<int64_t>(properties->totalGlobalMem);
    device->multiprocessors = properties->multiProcessorCount;
    device->major = properties->major;
    device->minor = properties->minor;
  });
}

int32_t gn_cuda_set_device(int32_t index) {
  return guarded([&] { c10::cuda::set_device(static_cast<c10::DeviceIndex>(index)); });
}

int32_t gn_cuda_synchronize(void) {
  return guarded([] { c10::cuda::device_synchronize(); });
}

int32_t gn_cuda_get_memory(int64_t* live, int64_t* peak, int64_t* kept) {
  return guarded([&] {
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    const auto statistics = c10::cuda::CUDACachingAllocator::getDeviceStats(c10::cuda::current_device());
    constexpr size_t all = 0; // the sum over pools
    *live = statistics.allocated_bytes[all].current;
    *peak = statistics.allocated_bytes[all].peak;
    *kept = statistics.reserved_bytes[all].current;
  });
}

int32_t gn_cuda_reset_peak_memory(void) {
  return guarded([] {
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    c10::cuda::CUDACachingAllocator::resetPeakStats(c10::cuda::current_device());
  });
}

int32_t gn_cuda_empty_cache(void) {
  return guarded([] { c10::cuda::CUDACachingAllocator::emptyCache(); });
}

int32_t gn_cuda_allow_tf32(int32_t allow) {
  return guarded([&] {
    at::globalContext().setAllowTF32CuBLAS(allow != 0);
    at::globalContext().setAllowTF32CuDNN(allow != 0);
  });
}

int32_t gn_cuda_set_deterministic(int32_t deterministic) {
  return guarded([&] {
    // cuBLAS asks for a workspace of a fixed size, and reads that once; what the user has set stays.
    setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
    at::globalContext().setDeterministicAlgorithms(deterministic != 0, /*warn_only=*/false);

    // Memory of arbitrary content is written before it is read here, and would be filled twice.
    at::globalContext().setDeterministicFillUninitializedMemory(false);
  });
}

int32_t gn_cuda_graph_begin(gn_cuda_graph** graph) {
  return guarded([&] {
    auto begun = std::make_unique<gn_cuda_graph>();

    // What the graph reads was made on other streams.
    c10::cuda::device_synchronize();
    c10::cuda::setCurrentCUDAStream(c10::cuda::getStreamFromPool());
    try {
      begun->graph.capture_begin(begun->pool, cudaStreamCaptureModeThreadLocal);
    } catch (...) {
      c10::cuda::setCurrentCUDAStream(begun->before);
      throw;
    }
    *graph = begun.release();
  });
}

int32_t gn_cuda_graph_end(gn_cuda_graph* graph) {
  const auto status = guarded([&] { graph->graph.capture_end(); });
  if (status != GN_OK) {
    graph->graph.abandon();
  }
  c10::cuda::setCurrentCUDAStream(graph->before);
  return status;
}

int32_t gn_cuda_graph_replay(gn_cuda_graph* graph) {
  return guarded([&] { graph->graph.replay(); });
}

void gn_cuda_graph_free(gn_cuda_graph* graph) {
  // The destructor throws nothing: it warns.
  delete graph;
}

int32_t gn_cuda_event_record(gn_cuda_event** event) {
  return guarded([&] {
    auto recorded = std::make_unique<gn_cuda_event>();
    recorded->event.record();
    *event = recorded.release();
  });
}

int32_t gn_cuda_event_elapsed(gn_cuda_event* from, gn_cuda_event* to, double* milliseconds) {
  return guarded([&] {
    to->event.synchronize();
    *milliseconds = from->event.elapsed_time(to->event);
  });
}

void gn_cuda_event_free(gn_cuda_event* event) { delete event; }
