#include "granary/tensor.h"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "guarded.h"
#include "handles.h"

using granary::borrow;
using granary::guarded;
using granary::own;

void gn_tensor_free(gn_tensor* tensor) {
  // Runs deleters of wrapped memory, which are the caller's and do not throw.
  granary::TensorPointer::reclaim(reinterpret_cast<c10::TensorImpl*>(tensor));
}

int32_t gn_tensor_alias(gn_tensor* tensor, gn_tensor** alias) {
  return guarded([&] { *alias = own(borrow(tensor)); });
}

int32_t gn_tensor_detach(gn_tensor* tensor, gn_tensor** detached) {
  return guarded([&] { *detached = own(borrow(tensor).detach()); });
}

int32_t gn_tensor_get_references(gn_tensor* tensor, int64_t* to_tensor, int64_t* to_memory) {
  return guarded([&] {
    auto borrowed = borrow(tensor);
    *to_tensor = static_cast<int64_t>(borrowed.use_count()) - 1;
    *to_memory = static_cast<int64_t>(borrowed.storage().use_count());
  });
}

int32_t gn_tensor_get_layout(gn_tensor* tensor, gn_tensor_layout* layout) {
  return guarded([&] {
    const auto* impl = reinterpret_cast<c10::TensorImpl*>(tensor);
    layout->sizes = impl->sizes().data();
    layout->strides = impl->strides().data();
    layout->elements = impl->numel();
    const auto stored = impl->has_storage() ? static_cast<int64_t>(impl->storage().nbytes()) : 0;
    layout->bytes = std::min(layout->elements * static_cast<int64_t>(impl->itemsize()), stored);
    layout->dimensions = static_cast<int32_t>(impl->dim());
    layout->type = static_cast<int32_t>(c10::typeMetaToScalarType(impl->dtype()));
    layout->device_type = static_cast<int32_t>(impl->device().type());
    layout->device_index = impl->device().index();
    layout->is_contiguous = impl->is_contiguous() ? 1 : 0;
  });
}

int32_t gn_tensor_get_data(gn_tensor* tensor, void** data) {
  return guarded([&] { *data = borrow(tensor).data_ptr(); });
}

int32_t gn_tensor_resize_storage(gn_tensor* tensor, int64_t bytes) {
  return guarded([&] {
    auto* storage = borrow(tensor).storage().unsafeGetStorageImpl();
    TORCH_CHECK(bytes >= 0 && storage->resizable(), "The memory is asked to take ", bytes,
                " bytes, but that must be 0 or more, and the memory the library's own.");
    const c10::OptionalDeviceGuard guard(storage->device());

    // The old memory goes first, so that the two never live together.
    storage->set_data_ptr_noswap(at::DataPtr(nullptr, storage->device()));
    storage->set_nbytes(0);
    if (bytes > 0) {
      storage->set_data_ptr_noswap(storage->allocator()->allocate(static_cast<size_t>(bytes)));
      storage->set_nbytes(static_cast<size_t>(bytes));
    }
  });
}

int32_t gn_tensor_from_memory(void* data, const int64_t* sizes, int32_t dimensions, int32_t type,
                              void (*release)(void* context), void* context, gn_tensor** tensor) {
  return guarded([&] {
    // Released once by whoever holds it last: the tensor, or this scope where no tensor comes to be.
    std::shared_ptr<void> memory(context, release);
    const auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(type));
    *tensor = own(at::from_blob(
        data, at::IntArrayRef(sizes, dimensions), [memory](void*) mutable { memory.reset(); }, options));
  });
}

int32_t gn_tensor_get_version(gn_tensor* tensor, int64_t* version) {
  return guarded([&] { *version = static_cast<int64_t>(borrow(tensor)._version()); });
}

int32_t gn_tensor_bump_version(gn_tensor* tensor) {
  return guarded([&] { borrow(tensor).unsafeGetTensorImpl()->bump_version(); });
}

int32_t gn_tensor_get_requires_grad(gn_tensor* tensor, int32_t* requires_grad) {
  return guarded([&] { *requires_grad = borrow(tensor).requires_grad() ? 1 : 0; });
}

int32_t gn_tensor_set_requires_grad(gn_tensor* tensor, int32_t requires_grad) {
  return guarded([&] { borrow(tensor).requires_grad_(requires_grad != 0); });
}

int32_t gn_tensor_get_is_leaf(gn_tensor* tensor, int32_t* is_leaf) {
  return guarded([&] { *is_leaf = borrow(tensor).is_leaf() ? 1 : 0; });
}

int32_t gn_tensor_get_grad(gn_tensor* tensor, gn_tensor** gradient) {
  return guarded([&] { *gradient = own(at::Tensor(borrow(tensor).grad())); });
}

int32_t gn_tensor_set_grad(gn_tensor* tensor, gn_tensor* gradient) {
  return guarded([&] {
    const auto target = borrow(tensor);
    auto value = granary::borrow_or_undefined(gradient);
    if (value.defined()) {
      TORCH_CHECK(!value.is_same(target), "A tensor cannot be its own gradient; give a clone.");
      TORCH_CHECK(value.sizes() == target.sizes() && value.scalar_type() == target.scalar_type() &&
                      value.device() == target.device(),
                  "The gradient is ", value.scalar_type(), value.sizes(), " on ", value.device(), " but must be ",
                  target.scalar_type(), target.sizes(), " on ", target.device(), " like its tensor.");
    }
    target.mutable_grad() = std::move(value);
  });
}

const char* gn_tensor_text(gn_tensor* tensor) {
  thread_local std::string text;
  const auto status = guarded([&] {
    std::ostringstream stream;
    stream << borrow(tensor);
    text = stream.str();
  });
  return status == GN_OK ? text.c_str() : gn_error_last();
}
