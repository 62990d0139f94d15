// The C boundary of attention.
#include "attention.h"

#include "attention_mask_table.h"
#include "attention_tiles.h"
#include "product_bfloat16.h"

namespace granary::kernels {

namespace {

template <typename Call>
void run(const Call& call)
{
    if (call.shape.products == GN_PRODUCT_FLOAT32) {
        return attention::run_float32(call);
    }
    static const bool has_instruction = has_bfloat16_instruction();
    has_instruction ? attention::run_bfloat16_by_instruction(call) : attention::run_bfloat16_by_float32(call);
}

gn_kernels_attention_tensor given(const gn_kernels_attention_tensor* t) { return t != nullptr ? *t : gn_kernels_attention_tensor{}; }

}  // namespace

}  // namespace granary::kernels

extern "C" int32_t gn_kernels_attention_forward(
    const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask,
    const gn_kernels_attention_tensor* q, const gn_kernels_attention_tensor* k, const gn_kernels_attention_tensor* v,
    const gn_kernels_attention_tensor* out, float* lse)
{
    using namespace granary::kernels;
    const gn_kernels_attention_mask full{};
    const gn_kernels_attention_mask& law = mask != nullptr ? *mask : full;
    if (shape == nullptr || !is_valid(*shape) || !MaskTable::is_valid(law)) {
        return refuse(__func__);
    }
    if (shape->batch * shape->query_heads * shape->query_length == 0) {
        return GN_OK;
    }
    if (!is_valid(q) || !is_valid(out) || lse == nullptr || (shape->key_length > 0 && (!is_valid(k) || !is_valid(v)))) {
        return refuse(__func__);
    }
    return guarded(__func__, [&] {
        const MaskTable table(*shape, law);
        const auto arrays = table.arrays();
        const auto keys = given(k), values = given(v);
        run(granary::attention::ForwardCall{*shape, arrays, *q, keys, values, *out, lse});
        return GN_OK;
    });
}

extern "C" int32_t gn_kernels_attention_backward(
    const gn_kernels_attention_shape* shape, const gn_kernels_attention_mask* mask,
    const gn_kernels_attention_tensor* q, const gn_kernels_attention_tensor* k, const gn_kernels_attention_tensor* v,
    const gn_kernels_attention_tensor* out, const float* lse, const float* delta,
    const gn_kernels_attention_tensor* dout, const float* dlse, const gn_kernels_attention_tensor* dq,
    const gn_kernels_attention_tensor* dk, const gn_kernels_attention_tensor* dv)
{
    using namespace granary::kernels;
    const gn_kernels_attention_mask full{};
    const gn_kernels_attention_mask& law = mask != nullptr ? *mask : full;
    if (shape == nullptr || !is_valid(*shape) || !MaskTable::is_valid(law)) {
        return refuse(__func__);
    }
    const bool has_queries = shape->batch * shape->query_heads * shape->query_length > 0;
    const bool has_keys = shape->batch * shape->key_length > 0;
    const bool has_delta = delta != nullptr || is_valid(out);
    if ((has_queries && (!is_valid(q) || !has_delta || !is_valid(dout) || !is_valid(dq) || lse == nullptr))
        || (has_keys && (!is_valid(k) || !is_valid(v) || !is_valid(dk) || !is_valid(dv)))) {
        return refuse(__func__);
    }
    const gn_kernels_attention_tensor tensors[] = {given(q),    given(k),  given(v),  given(out),
                                                   given(dout), given(dq), given(dk), given(dv)};
    return guarded(__func__, [&] {
        const MaskTable table(*shape, law);
        const auto arrays = table.arrays();
        run(granary::attention::BackwardCall{*shape, arrays, tensors[0], tensors[1], tensors[2], tensors[3], lse, delta, tensors[4],
                                             dlse, tensors[5], tensors[6], tensors[7]});
        return GN_OK;
    });
}
