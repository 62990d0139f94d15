// Where the CUDA kernels launch.
#pragma once

namespace granary::cuda {

// The calling thread's current stream of the current device, a cudaStream_t.
void* current_stream();

}  // namespace granary::cuda
