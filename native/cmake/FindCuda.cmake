# Finds CUDA beside a libtorch that was built with it. Sets GRANARY_CUDA: whether there is one, with its headers;
# GRANARY_CUDA_INCLUDES, GRANARY_CUDA_LIBRARIES; and GRANARY_CUDA_KERNELS: whether there is a compiler for our own kernels too.

set(GRANARY_CUDA FALSE)
set(GRANARY_CUDA_KERNELS FALSE)
if(EXISTS "${GRANARY_TORCH_LIBRARY_FOLDER}/libtorch_cuda.so")
  # A PyTorch of pip has CUDA's headers and libraries in packages beside it.
  set(cuda_packages "${GRANARY_TORCH_LIBRARY_FOLDER}/../../nvidia")
  file(GLOB cuda_includes "${cuda_packages}/*/include")
  file(GLOB cuda_libraries "${cuda_packages}/cu*/lib/libcudart.so*" "${cuda_packages}/cuda_runtime/lib/libcudart.so*")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    get_filename_component(compiler "${CMAKE_CUDA_COMPILER}" REALPATH)
    get_filename_component(toolkit "${compiler}/../.." ABSOLUTE)
  endif()

  # The packages' own headers are not whole: what they include of crt/ comes with the compiler.
  find_path(GRANARY_CUDA_INCLUDE crt/host_defines.h HINTS "${toolkit}/include" $ENV{CUDA_HOME}/include /usr/local/cuda/include ${cuda_includes})
  if(NOT cuda_libraries)
    find_library(GRANARY_CUDART cudart HINTS "${toolkit}/lib64" $ENV{CUDA_HOME}/lib64 /usr/local/cuda/lib64)
    set(cuda_libraries ${GRANARY_CUDART})
  endif()
  if(GRANARY_CUDA_INCLUDE AND cuda_libraries)
    list(GET cuda_libraries 0 cudart)
    set(GRANARY_CUDA TRUE)
    set(GRANARY_CUDA_INCLUDES ${GRANARY_CUDA_INCLUDE} ${cuda_includes})

    # Nothing but its registration is asked of libtorch_cuda before the first tensor on a GPU, so it is linked whatever is used.
    set(GRANARY_CUDA_LIBRARIES "-Wl,--push-state,--no-as-needed" "${GRANARY_TORCH_LIBRARY_FOLDER}/libtorch_cuda.so"
      "${GRANARY_TORCH_LIBRARY_FOLDER}/libc10_cuda.so" "-Wl,--pop-state" "${cudart}")
    if(CMAKE_CUDA_COMPILER)
      set(GRANARY_CUDA_KERNELS TRUE)
    endif()
  endif()
endif()
message(STATUS "CUDA: ${GRANARY_CUDA}, own kernels: ${GRANARY_CUDA_KERNELS}")
