#include "granary/cuda_kernels.h"

int32_t gn_cuda_kernels_compiled(void)
{
#ifdef GRANARY_CUDA_KERNELS
    return 1;
#else
    return 0;
#endif
}
