// Attention's calls, and the arithmetics that there are.
#pragma once

#include "attention_mask_arrays.h"
#include "granary/kernels_attention.h"

namespace granary::attention {

struct ForwardCall
{
    const gn_kernels_attention_shape& shape;
    const MaskArrays& mask;
    const gn_kernels_attention_tensor& q;
    const gn_kernels_attention_tensor& k;
    const gn_kernels_attention_tensor& v;
    const gn_kernels_attention_tensor& out;
    float* lse;
};

struct BackwardCall
{
    const gn_kernels_attention_shape& shape;
    const MaskArrays& mask;
    const gn_kernels_attention_tensor& q;
    const gn_kernels_attention_tensor& k;
    const gn_kernels_attention_tensor& v;
    const gn_kernels_attention_tensor& out;
    const float* lse;
    const float* delta;  // or null: from out
    const gn_kernels_attention_tensor& dout;
    const float* dlse;  // or null
    const gn_kernels_attention_tensor& dq;
    const gn_kernels_attention_tensor& dk;
    const gn_kernels_attention_tensor& dv;
};

// Each throws bad_alloc.
void run_float32(const ForwardCall& call);
void run_float32(const BackwardCall& call);

// Factors of all products rounded to bfloat16, by float32's arithmetic.
void run_bfloat16_by_float32(const ForwardCall& call);
void run_bfloat16_by_float32(const BackwardCall& call);

// The same by the CPU's own instruction: only where it has that (see product_bfloat16.h).
void run_bfloat16_by_instruction(const ForwardCall& call);
void run_bfloat16_by_instruction(const BackwardCall& call);

}  // namespace granary::attention
