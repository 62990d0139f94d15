#include "granary/script.h"

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <string>

#include "guarded.h"
#include "handles.h"

using granary::guarded;

struct gn_script {
  torch::jit::Module module;
};

namespace {

bool find_tensor(const c10::IValue& value, at::Tensor& found) {
  if (value.isTensor()) {
    found = value.toTensor();
    return true;
  }
  if (value.isTuple()) {
    for (const auto& element : value.toTupleRef().elements()) {
      if (find_tensor(element, found)) {
        return true;
      }
    }
  } else if (value.isList()) {
    for (const c10::IValue& element : value.toListRef()) {
      if (find_tensor(element, found)) {
        return true;
      }
    }
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) {
      if (find_tensor(entry.value(), found)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

int32_t gn_script_load(const char* path, gn_script** script) {
  return guarded([&] {
    auto module = torch::jit::load(std::string(path), at::Device(at::kCPU));
    module.eval();
    *script = new gn_script{std::move(module)};
  });
}

void gn_script_free(gn_script* script) { delete script; }

int32_t gn_script_get_arguments(gn_script* script, int32_t* required, int32_t* all) {
  return guarded([&] {
    const auto method = script->module.get_method("forward");
    const auto& arguments = method.function().getSchema().arguments();
    *all = static_cast<int32_t>(arguments.size()) - 1;
    *required = -1;
    for (const auto& argument : arguments) {
      *required += argument.default_value().has_value() ? 0 : 1;
    }
  });
}

int32_t gn_script_call(gn_script* script, gn_tensor* const* inputs, int32_t count, gn_tensor** result) {
  return guarded([&] {
    const c10::NoGradGuard no_grad;
    std::vector<c10::IValue> arguments;
    for (auto& tensor : granary::borrow_all(inputs, count)) {
      arguments.emplace_back(std::move(tensor));
    }
    at::Tensor found;
    TORCH_CHECK(find_tensor(script->module.forward(std::move(arguments)), found),
                "The module's forward returned no tensor, neither by itself nor in a tuple, list or dictionary.");
    *result = granary::own(std::move(found));
  });
}
