# Finds what libtorch's process groups need besides libtorch. Sets GRANARY_BACKEND_DEFINITIONS, _INCLUDES and _LIBRARIES;
# without Gloo's or NCCL's headers the library is built all the same, and says so in gn_distributed_backends.

# Headers of another release would compile and then not fit, so only those beside libtorch's own count.
list(GET GRANARY_TORCH_INCLUDES 0 torch_include)
if(EXISTS "${torch_include}/gloo/transport/device.h")
  list(APPEND GRANARY_BACKEND_DEFINITIONS USE_C10D_GLOO)
endif()

if(EXISTS "${GRANARY_TORCH_LIBRARY_FOLDER}/libtorch_cuda.so")
  # A PyTorch of pip has CUDA's headers in packages beside it.
  file(GLOB cuda_includes "${GRANARY_TORCH_LIBRARY_FOLDER}/../../nvidia/*/include")
  find_path(GRANARY_NCCL_INCLUDE nccl.h HINTS ${cuda_includes} /usr/local/cuda/include)
  find_path(GRANARY_CUDA_INCLUDE cuda_runtime_api.h HINTS ${cuda_includes} /usr/local/cuda/include)
  if(GRANARY_NCCL_INCLUDE AND GRANARY_CUDA_INCLUDE)
    list(APPEND GRANARY_BACKEND_DEFINITIONS USE_C10D_NCCL)
    list(APPEND GRANARY_BACKEND_INCLUDES ${GRANARY_NCCL_INCLUDE} ${GRANARY_CUDA_INCLUDE} ${cuda_includes})
    list(APPEND GRANARY_BACKEND_LIBRARIES
      "${GRANARY_TORCH_LIBRARY_FOLDER}/libtorch_cuda.so" "${GRANARY_TORCH_LIBRARY_FOLDER}/libc10_cuda.so")
  endif()
endif()
message(STATUS "Process groups: ${GRANARY_BACKEND_DEFINITIONS}")
