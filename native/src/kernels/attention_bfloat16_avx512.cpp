// Attention's products of bfloat16 by AVX512-BF16's instruction. Its copy of the code has a namespace of its own (see
// product_bfloat16_avx512.cpp).
#include "attention.h"

#if defined(__AVX512BF16__)

#define kernels kernels_avx512
#include "attention_backward.h"
#include "attention_forward.h"
#undef kernels

namespace granary::attention {

void run_bfloat16_by_instruction(const ForwardCall& call) { kernels_avx512::forward<kernels_avx512::PairArithmetic>(call); }

void run_bfloat16_by_instruction(const BackwardCall& call) { kernels_avx512::backward<kernels_avx512::PairArithmetic>(call); }

}  // namespace granary::attention

#else

namespace granary::attention {

void run_bfloat16_by_instruction(const ForwardCall& call) { run_bfloat16_by_float32(call); }

void run_bfloat16_by_instruction(const BackwardCall& call) { run_bfloat16_by_float32(call); }

}  // namespace granary::attention

#endif
