# Finds libtorch in this order: the folder GRANARY_TORCH names, the PyTorch of `python3`, Debian's libtorch-dev.
# Sets GRANARY_TORCH_INCLUDES, GRANARY_TORCH_LIBRARY_FOLDER, GRANARY_TORCH_LIBRARIES, GRANARY_TORCH_CXX11_ABI, and
# GRANARY_TORCH_RPATH: the folders in which the built library looks for them.

function(granary_try_torch include library_folder)
  if(NOT GRANARY_TORCH_INCLUDES AND EXISTS "${include}/ATen/ATen.h" AND EXISTS "${library_folder}/libtorch_cpu.so")
    set(includes "${include}")
    if(EXISTS "${include}/torch/csrc/api/include")
      list(APPEND includes "${include}/torch/csrc/api/include")
    endif()
    set(GRANARY_TORCH_INCLUDES "${includes}" PARENT_SCOPE)
    set(GRANARY_TORCH_LIBRARY_FOLDER "${library_folder}" PARENT_SCOPE)
  endif()
endfunction()

unset(GRANARY_TORCH_INCLUDES)
if(DEFINED ENV{GRANARY_TORCH})
  granary_try_torch("$ENV{GRANARY_TORCH}/include" "$ENV{GRANARY_TORCH}/lib")
  granary_try_torch("$ENV{GRANARY_TORCH}/usr/include" "$ENV{GRANARY_TORCH}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
  if(NOT GRANARY_TORCH_INCLUDES)
    message(FATAL_ERROR "GRANARY_TORCH is '$ENV{GRANARY_TORCH}', but that folder holds no include/ATen/ATen.h with lib/libtorch_cpu.so; name the folder of a libtorch or unset it.")
  endif()
endif()
if(NOT GRANARY_TORCH_INCLUDES)
  # find_spec does not import torch, which would take a second.
  execute_process(
    COMMAND python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '', end='')"
    OUTPUT_VARIABLE python_torch ERROR_QUIET)
  # Debian's python3-torch is libtorch-dev under other paths, beside which Gloo's headers and BLAS would not be found.
  get_filename_component(python_library "${python_torch}/lib/libtorch_cpu.so" REALPATH)
  get_filename_component(system_library "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/libtorch_cpu.so" REALPATH)
  if(python_torch AND NOT python_library STREQUAL system_library)
    granary_try_torch("${python_torch}/include" "${python_torch}/lib")
  endif()
endif()
if(NOT GRANARY_TORCH_INCLUDES)
  granary_try_torch("/usr/include" "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
endif()
if(NOT GRANARY_TORCH_INCLUDES)
  message(FATAL_ERROR "libtorch is missing; install it with `make setup`, or name its folder in GRANARY_TORCH.")
endif()

# PyTorch's wheels before 2.7 were built with the old string ABI; the library's symbols tell which.
file(STRINGS "${GRANARY_TORCH_LIBRARY_FOLDER}/libc10.so" cxx11_symbols REGEX "__cxx11" LIMIT_COUNT 1)
if(cxx11_symbols)
  set(GRANARY_TORCH_CXX11_ABI 1)
else()
  set(GRANARY_TORCH_CXX11_ABI 0)
endif()

set(GRANARY_TORCH_LIBRARIES
  "${GRANARY_TORCH_LIBRARY_FOLDER}/libtorch.so"
  "${GRANARY_TORCH_LIBRARY_FOLDER}/libtorch_cpu.so"
  "${GRANARY_TORCH_LIBRARY_FOLDER}/libc10.so")

# Debian's libtorch takes libblas.so.3 as the system's alternatives have it, and they prefer OpenBLAS's pthread build, whose
# threads compete with libtorch's own. Linked first, the OpenMP build of the same name is the one that libtorch finds.
set(GRANARY_TORCH_RPATH "${GRANARY_TORCH_LIBRARY_FOLDER}")
get_filename_component(system_blas "${GRANARY_TORCH_LIBRARY_FOLDER}/libblas.so.3" REALPATH)
set(openmp_blas_folder "${GRANARY_TORCH_LIBRARY_FOLDER}/openblas-openmp")
if(system_blas MATCHES "openblas-pthread" AND EXISTS "${openmp_blas_folder}/libblas.so.3")
  list(PREPEND GRANARY_TORCH_RPATH "${openmp_blas_folder}")
  list(PREPEND GRANARY_TORCH_LIBRARIES
    "-Wl,--push-state,--no-as-needed" "${openmp_blas_folder}/libblas.so.3" "${openmp_blas_folder}/liblapack.so.3" "-Wl,--pop-state")
endif()
message(STATUS "libtorch: ${GRANARY_TORCH_LIBRARY_FOLDER} (headers: ${GRANARY_TORCH_INCLUDES}, string ABI: ${GRANARY_TORCH_CXX11_ABI})")
