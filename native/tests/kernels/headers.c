/* The headers are plain C: this file includes all of them and calls one kernel. */
#include "granary/cuda_kernels.h"
#include "granary/kernels_activation.h"
#include "granary/kernels_attention.h"
#include "granary/kernels_decode.h"
#include "granary/kernels_embedding.h"
#include "granary/kernels_loss.h"
#include "granary/kernels_norm.h"
#include "granary/kernels_optimizer.h"
#include "granary/kernels_product.h"
#include "granary/kernels_rotary.h"

int32_t granary_kernels_headers_are_c(void)
{
    float data[3] = {1.0f, 2.0f, 3.0f};
    gn_kernels_optimizer_span span;
    int32_t status;
    span.data = data;
    span.count = 3;
    status = gn_kernels_optimizer_scale(&span, 1, 2.0f, 1);
    return status == GN_OK && data[2] == 6.0f ? GN_OK : GN_KERNEL_BAD_ARGUMENT;
}
