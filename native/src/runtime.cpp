#include "granary/runtime.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>

#include "guarded.h"
#include "handles.h"
#include "version.h"

using granary::generator_of;
using granary::guarded;

const char* gn_runtime_torch_version(void) { return TORCH_VERSION; }

const char* gn_runtime_torch_config(void) {
  thread_local std::string text;
  const auto status = guarded([&] { text = at::show_config() + "\n" + at::get_parallel_info(); });
  return status == GN_OK ? text.c_str() : gn_error_last();
}

int32_t gn_runtime_set_threads(int32_t threads) {
  return guarded([&] {
    TORCH_CHECK(threads >= 1, "The number of threads is '", threads, "' but must be 1 or more.");
    at::set_num_threads(threads);

    // A matrix library with threads of its own does not hear of libtorch's setting.
    using SetThreads = void (*)(int);
    if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) {
      set(threads);
    }
  });
}

int32_t gn_runtime_get_threads(void) { return at::get_num_threads(); }

int32_t gn_runtime_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

int32_t gn_runtime_has_cuda(void) { return at::hasCUDA() ? 1 : 0; }

int32_t gn_generator_create(uint64_t seed, gn_generator** generator) {
  return guarded([&] {
    *generator = reinterpret_cast<gn_generator*>(new at::Generator(at::detail::createCPUGenerator(seed)));
  });
}

void gn_generator_free(gn_generator* generator) { delete &generator_of(generator); }

int32_t gn_generator_get_state(gn_generator* generator, gn_tensor** state) {
  return guarded([&] { *state = granary::own(generator_of(generator).get_state()); });
}

int32_t gn_generator_set_state(gn_generator* generator, gn_tensor* state) {
  return guarded([&] { generator_of(generator).set_state(granary::borrow(state)); });
}
