// Products of factors that are rounded to bfloat16, with sums in float32, in two forms: by the CPU's own instruction,
// which takes two products at once, and by float32's arithmetic, which any CPU has and which gains nothing but the half
// of what it reads. Both multiply the same numbers: a product of two bfloat16 is exact in float32. They add in different
// orders, and the instruction takes numbers below the normal ones for zero, so results agree to a float32 sum's
// tolerance, not in their bits.
#pragma once

#include "product.h"

namespace granary::kernels {

void multiply_bfloat16_by_float32(const Product& product);

bool has_bfloat16_instruction();

// Only where the CPU has the instruction.
void multiply_bfloat16_by_instruction(const Product& product);

}  // namespace granary::kernels
