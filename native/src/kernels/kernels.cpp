#include "granary/kernels.h"

#include "simd.h"

extern "C" int32_t gn_kernels_lanes(void) { return granary::kernels::kLanes; }
