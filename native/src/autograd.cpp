#include "granary/autograd.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>

#include "guarded.h"
#include "handles.h"

namespace {

using granary::borrow;
using granary::borrow_all;
using granary::guarded;
using granary::own;
using torch::autograd::variable_list;

/// A node of the graph whose backward is the caller's function.
class CallbackNode final : public torch::autograd::Node {
 public:
  CallbackNode(const gn_function& function, const char* name) : function_(function), name_(name) {}

  ~CallbackNode() override { function_.destroy(function_.context); }

  std::string name() const override { return name_; }

  void release_variables() override { function_.release(function_.context); }

  variable_list apply(variable_list&& gradients) override {
    std::vector<gn_tensor*> handles;
    handles.reserve(gradients.size());
    for (const auto& gradient : gradients) {
      handles.push_back(gradient.defined() ? reinterpret_cast<gn_tensor*>(gradient.unsafeGetTensorImpl()) : nullptr);
    }
    std::vector<gn_tensor*> results(num_outputs(), nullptr);
    const auto status =
        function_.backward(function_.context, handles.data(), static_cast<int32_t>(handles.size()), results.data(),
                           static_cast<int32_t>(results.size()));
    variable_list owned;
    owned.reserve(results.size());
    for (auto* result : results) {
      owned.emplace_back(result == nullptr
                             ? at::Tensor()
                             : at::Tensor(granary::TensorPointer::reclaim(reinterpret_cast<c10::TensorImpl*>(result))));
    }
    if (status != GN_OK) {
      throw granary::CallbackError(gn_error_last(), gn_error_cause());
    }
    return owned;
  }

 private:
  gn_function function_;
  std::string name_;
};

}  // namespace

int32_t gn_autograd_get_enabled(void) { return at::GradMode::is_enabled() ? 1 : 0; }

void gn_autograd_set_enabled(int32_t enabled) { at::GradMode::set_enabled(enabled != 0); }

int32_t gn_autograd_backward(gn_tensor* const* roots, gn_tensor* const* gradients, int32_t count, int32_t retain_graph,
                             int32_t create_graph) {
  return guarded([&] {
    torch::autograd::backward(borrow_all(roots, count),
                              gradients == nullptr ? variable_list() : borrow_all(gradients, count), retain_graph != 0,
                              create_graph != 0);
  });
}

int32_t gn_autograd_grad(gn_tensor* const* roots, gn_tensor* const* gradients, int32_t root_count,
                         gn_tensor* const* inputs, int32_t input_count, int32_t retain_graph, int32_t create_graph,
                         int32_t allow_unused, gn_tensor** results) {
  return guarded([&] {
    auto found = torch::autograd::grad(borrow_all(roots, root_count), borrow_all(inputs, input_count),
                                       gradients == nullptr ? variable_list() : borrow_all(gradients, root_count),
                                       retain_graph != 0, create_graph != 0, allow_unused != 0);
    for (int32_t index = 0; index < input_count; index++) {
      results[index] = own(std::move(found[index]));
    }
  });
}

int32_t gn_autograd_attach(const gn_function* function, const char* name, gn_tensor* const* inputs, int32_t input_count,
                           gn_tensor* const* outputs, int32_t output_count) {
  return guarded([&] {
    CallbackNode* created = nullptr;
    try {
      created = new CallbackNode(*function, name);
    } catch (...) {
      function->destroy(function->context);
      throw;
    }

    // The node owns the context: it is destroyed with it, also when this or a later line throws.
    const std::shared_ptr<CallbackNode> node(created, torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(borrow_all(inputs, input_count)));

    // All outputs are checked before the first is changed.
    for (int32_t index = 0; index < output_count; index++) {
      TORCH_CHECK(std::find(inputs, inputs + input_count, outputs[index]) == inputs + input_count, "Output ", index,
                  " of '", name, "' is one of its inputs; return a clone.");
      TORCH_CHECK(!borrow(outputs[index]).requires_grad(), "Output ", index, " of '", name,
                  "' already has a history; compute it inside no_grad.");
    }
    for (int32_t index = 0; index < output_count; index++) {
      auto output = borrow(outputs[index]);
      if (torch::autograd::isDifferentiableType(output.scalar_type())) {
        torch::autograd::set_history(output, node);
      } else {
        // Integers have no gradient, but they keep their place among the outputs.
        node->add_input_metadata(torch::autograd::Node::undefined_input());
      }
    }
  });
}
