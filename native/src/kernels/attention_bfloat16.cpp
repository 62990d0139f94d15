// Attention's products of bfloat16 by float32's arithmetic.
#include "attention_backward.h"
#include "attention_forward.h"

namespace granary::attention {

void run_bfloat16_by_float32(const ForwardCall& call) { kernels::forward<kernels::RoundedArithmetic>(call); }

void run_bfloat16_by_float32(const BackwardCall& call) { kernels::backward<kernels::RoundedArithmetic>(call); }

}  // namespace granary::attention
