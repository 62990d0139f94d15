// Differences between libtorch releases, all in one place.
#pragma once

#include <torch/version.h>

#define GN_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

#if GN_TORCH_AT_LEAST(2, 4)
#include <optional>
namespace granary {
template <typename T>
using Optional = std::optional<T>;
}
#else
#include <c10/util/Optional.h>
namespace granary {
template <typename T>
using Optional = c10::optional<T>;
}
#endif
