// Attention's products of float32.
#include "attention_backward.h"
#include "attention_forward.h"

namespace granary::attention {

void run_float32(const ForwardCall& call) { kernels::forward<kernels::Float32Arithmetic>(call); }

void run_float32(const BackwardCall& call) { kernels::backward<kernels::Float32Arithmetic>(call); }

}  // namespace granary::attention
