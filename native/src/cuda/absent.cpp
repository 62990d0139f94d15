// What granary/cuda.h says in a build without CUDA.
#include "granary/cuda.h"
#include "granary/error.h"

namespace {

int32_t refuse() {
  gn_error_set("This build of the library has no CUDA, because the libtorch it was built against has none; build it against a PyTorch with CUDA, or train on the cpu.");
  return GN_FAILED;
}

}  // namespace

int32_t gn_cuda_get_count(int32_t* count) {
  *count = 0;
  return GN_OK;
}

int32_t gn_cuda_get_device(int32_t, gn_cuda_device*) { return refuse(); }
int32_t gn_cuda_set_device(int32_t) { return refuse(); }
int32_t gn_cuda_synchronize(void) { return refuse(); }
int32_t gn_cuda_get_memory(int64_t*, int64_t*, int64_t*) { return refuse(); }
int32_t gn_cuda_reset_peak_memory(void) { return refuse(); }
int32_t gn_cuda_empty_cache(void) { return refuse(); }
int32_t gn_cuda_allow_tf32(int32_t) { return refuse(); }
int32_t gn_cuda_set_deterministic(int32_t) { return refuse(); }
int32_t gn_cuda_graph_begin(gn_cuda_graph**) { return refuse(); }
int32_t gn_cuda_graph_end(gn_cuda_graph*) { return refuse(); }
int32_t gn_cuda_graph_replay(gn_cuda_graph*) { return refuse(); }
void gn_cuda_graph_free(gn_cuda_graph*) {}
int32_t gn_cuda_event_record(gn_cuda_event**) { return refuse(); }
int32_t gn_cuda_event_elapsed(gn_cuda_event*, gn_cuda_event*, double*) { return refuse(); }
void gn_cuda_event_free(gn_cuda_event*) {}
