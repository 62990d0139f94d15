// Where a thread's kernels go.
#pragma once

namespace granary::cuda {

// The calling thread's current stream on its current device: a cudaStream_t.
void* current_stream();

}  // namespace granary::cuda
