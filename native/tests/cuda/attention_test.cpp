#include "arrays.h"
void granary::cuda::tests::test_attention() {}
