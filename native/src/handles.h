// Handles are counted references without a box of their own: the pointer is the TensorImpl's.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <vector>

#include "granary/common.h"

namespace granary {

using TensorPointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

inline at::Tensor borrow(gn_tensor* handle) {
  return at::Tensor(TensorPointer::reclaim_copy(reinterpret_cast<c10::TensorImpl*>(handle)));
}

// An undefined tensor for NULL.
inline at::Tensor borrow_or_undefined(gn_tensor* handle) { return handle == nullptr ? at::Tensor() : borrow(handle); }

// NULL for an undefined tensor.
inline gn_tensor* own(at::Tensor&& tensor) {
  return tensor.defined() ? reinterpret_cast<gn_tensor*>(tensor.unsafeReleaseTensorImpl()) : nullptr;
}

inline std::vector<at::Tensor> borrow_all(gn_tensor* const* handles, int32_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int32_t index = 0; index < count; index++) {
    tensors.push_back(borrow_or_undefined(handles[index]));
  }
  return tensors;
}

inline at::Generator& generator_of(gn_generator* handle) { return *reinterpret_cast<at::Generator*>(handle); }

}  // namespace granary
