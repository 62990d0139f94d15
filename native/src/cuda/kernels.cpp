// Whether the kernels of granary/cuda_kernels.h are in this build, and what their names are in one without them.
#include "granary/cuda_kernels.h"

#include "granary/error.h"

int32_t gn_cuda_kernels_compiled(void) { return GRANARY_CUDA_KERNELS; }

#if !GRANARY_CUDA_KERNELS
namespace {

int32_t refuse() {
  gn_error_set("This build of the library has no kernels for GPUs, because no CUDA compiler was found when it was built; build it again where nvcc is, or compute by compositions of operators.");
  return GN_FAILED;
}

}  // namespace

int32_t gn_cuda_norm_forward(const gn_cuda_norm*) { return refuse(); }
int32_t gn_cuda_norm_backward(const gn_cuda_norm_gradient*) { return refuse(); }
int64_t gn_cuda_column_scratch(int64_t, int64_t) { return 0; }
int32_t gn_cuda_column_sums(int32_t, const void*, int64_t, int64_t, float*, int32_t, float*) { return refuse(); }
int32_t gn_cuda_rotary(int32_t, void*, int64_t, int64_t, int64_t, int64_t, int64_t, const float*, const float*, int32_t) {
  return refuse();
}
int32_t gn_cuda_pack_heads(int32_t, const gn_cuda_heads*, const gn_cuda_heads*, const gn_cuda_heads*, void*, int64_t,
                           int64_t, int64_t, int64_t, int64_t, const float*, const float*) {
  return refuse();
}
int32_t gn_cuda_swiglu_forward(int32_t, const void*, void*, int64_t, int64_t) { return refuse(); }
int32_t gn_cuda_swiglu_backward(int32_t, const void*, const void*, void*, int64_t, int64_t) { return refuse(); }
int32_t gn_cuda_gelu_forward(int32_t, int32_t, const void*, void*, int64_t) { return refuse(); }
int32_t gn_cuda_gelu_backward(int32_t, int32_t, const void*, const void*, void*, int64_t) { return refuse(); }
int32_t gn_cuda_cross_entropy(int32_t, void*, int64_t, int64_t, int64_t, const int64_t*, const float*, float*, int32_t) {
  return refuse();
}
int32_t gn_cuda_adamw_step(const gn_cuda_parameter*, const int32_t*, int64_t, const gn_kernels_optimizer_adamw_settings*) {
  return refuse();
}
int32_t gn_cuda_sum_squares(const gn_cuda_parameter*, const int32_t*, int64_t, double*, double*) { return refuse(); }
int32_t gn_cuda_attention_forward(int32_t, const gn_kernels_attention_shape*, const gn_kernels_attention_mask*,
                                  const gn_cuda_heads*, const gn_cuda_heads*, const gn_cuda_heads*, const gn_cuda_heads*,
                                  float*) {
  return refuse();
}
int32_t gn_cuda_attention_backward(int32_t, const gn_kernels_attention_shape*, const gn_kernels_attention_mask*,
                                   const gn_cuda_heads*, const gn_cuda_heads*, const gn_cuda_heads*, const gn_cuda_heads*,
                                   const float*, const gn_cuda_heads*, const float*, const gn_cuda_heads*,
                                   const gn_cuda_heads*, const gn_cuda_heads*, float*) {
  return refuse();
}
#endif
