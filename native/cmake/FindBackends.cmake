# Finds what libtorch's process groups need besides libtorch. Sets GRANARY_BACKEND_DEFINITIONS, _INCLUDES and _LIBRARIES;
# without Gloo's or NCCL's headers the library is built all the same, and says so in gn_distributed_backends.

# Headers of another release would compile and then not fit, so only those beside libtorch's own count.
list(GET GRANARY_TORCH_INCLUDES 0 torch_include)
if(EXISTS "${torch_include}/gloo/transport/device.h")
  list(APPEND GRANARY_BACKEND_DEFINITIONS USE_C10D_GLOO)
endif()

if(GRANARY_CUDA)
  find_path(GRANARY_NCCL_INCLUDE nccl.h HINTS ${GRANARY_CUDA_INCLUDES})
  if(GRANARY_NCCL_INCLUDE)
    list(APPEND GRANARY_BACKEND_DEFINITIONS USE_C10D_NCCL)
    list(APPEND GRANARY_BACKEND_INCLUDES ${GRANARY_NCCL_INCLUDE})
  endif()
endif()
message(STATUS "Process groups: ${GRANARY_BACKEND_DEFINITIONS}")
