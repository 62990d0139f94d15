// Products of bfloat16 by float32's arithmetic, and the choice between the two forms.
#include "product_bfloat16.h"

#include "bfloat16.h"
#include "granary/kernels_product.h"
#include "product_bfloat16_factors.h"
#include "product_engine.h"
#include "product_float32.h"
#include "row_reduction.h"

namespace granary::kernels {

namespace {

// A cell is a bfloat16 in the form of a float32.
struct RoundedFormat : Float32Cells, EitherFactor<RoundedFormat>
{
    static GN_INLINE Floats along(const float* p, int64_t values) { return round_to_bfloat16(load_up_to(p, (int)values)); }

    static GN_INLINE Floats along(const uint16_t* p, int64_t values) { return widen_up_to(p, (int)values); }

    template <typename Value>
    static GN_INLINE Floats across(const Value* p, int64_t, int64_t, int count)
    {
        return along(p, count);
    }
};

}  // namespace

void multiply_bfloat16_by_float32(const Product& product) { ProductRun<RoundedFormat>(product).run(); }

void multiply_bfloat16(const Product& product)
{
    static const bool has_instruction = has_bfloat16_instruction();
    has_instruction ? multiply_bfloat16_by_instruction(product) : multiply_bfloat16_by_float32(product);
}

}  // namespace granary::kernels

extern "C" int32_t gn_kernels_product_has_bfloat16_instruction(void)
{
    return granary::kernels::has_bfloat16_instruction() ? 1 : 0;
}
