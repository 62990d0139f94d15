#include "granary/profile.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "guarded.h"

namespace {

using Clock = std::chrono::steady_clock;
using granary::guarded;

struct Frame {
  std::string name;
  bool is_phase;
  double operations;
  double bytes;
  Clock::time_point begin;
  double inner_seconds;
  bool holds_others;
};

struct Total {
  int64_t calls = 0;
  double seconds = 0;
  double operations = 0;
  double bytes = 0;
};

// A thread's profile. Backward runs on the thread that asks for it as long as all tensors are in main memory.
struct Profile {
  at::CallbackHandle handle = 0;
  bool is_on = false;
  std::vector<Frame> frames;
  std::vector<std::string> phases;
  std::map<std::pair<std::string, std::string>, Total> totals;
  std::vector<std::pair<std::pair<std::string, std::string>, Total>> rows;
};

thread_local Profile profile;

void enter(Frame frame) {
  if (frame.is_phase) {
    profile.phases.push_back(frame.name);
  }
  profile.frames.push_back(std::move(frame));
  profile.frames.back().begin = Clock::now();
}

void leave(double bytes) {
  const auto end = Clock::now();
  auto frame = std::move(profile.frames.back());
  profile.frames.pop_back();
  const auto seconds = std::chrono::duration<double>(end - frame.begin).count();
  if (!profile.frames.empty()) {
    profile.frames.back().inner_seconds += seconds;
    profile.frames.back().holds_others = true;
  }

  auto& total = profile.totals[{profile.phases.empty() ? std::string() : profile.phases.back(), frame.is_phase ? "other" : frame.name}];
  total.calls += 1;
  total.seconds += seconds - frame.inner_seconds;

  // What an operator made of others moves is counted there; a product looks at its operands by further operators, but computes itself.
  if (!frame.holds_others || frame.operations > 0) {
    total.operations += frame.operations;
    total.bytes += frame.bytes + bytes;
  }
  if (frame.is_phase) {
    profile.phases.pop_back();
  }
}

double bytes_of(const c10::IValue& value) {
  if (value.isTensor()) {
    const auto& tensor = value.toTensor();
    return tensor.defined() ? static_cast<double>(tensor.nbytes()) : 0;
  }
  double bytes = 0;
  if (value.isTensorList()) {
    for (const auto& tensor : value.toTensorVector()) {
      bytes += tensor.defined() ? static_cast<double>(tensor.nbytes()) : 0;
    }
  }
  return bytes;
}

// A product of [.., M, K] and [.., K, N] takes 2MKN operations for each matrix.
double operations_of(const std::string& name, c10::ArrayRef<const c10::IValue> inputs) {
  const size_t left = name == "aten::addmm" || name == "aten::addmm_" || name == "aten::baddbmm" || name == "aten::addmv" ? 1 : 0;
  if (name != "aten::mm" && name != "aten::bmm" && name != "aten::mv" && left == 0) {
    return 0;
  }
  const auto& first = inputs[left].toTensor();
  const auto& second = inputs[left + 1].toTensor();
  return 2.0 * static_cast<double>(first.numel()) * (second.dim() > 1 ? static_cast<double>(second.size(-1)) : 1.0);
}

// A view has its operand's memory and moves nothing.
bool is_view(const std::string& name) {
  static const char* const views[] = {"view", "reshape", "_reshape_alias", "as_strided", "narrow", "slice", "select", "transpose", "t", "expand", "permute", "unsqueeze", "squeeze", "detach", "alias", "split", "split_with_sizes", "unbind", "empty", "empty_like", "empty_strided"};
  for (const auto* view : views) {
    if (name == std::string("aten::") + view) {
      return true;
    }
  }
  return false;
}

std::unique_ptr<at::ObserverContext> begin_operator(const at::RecordFunction& call) {
  std::string name = call.name();
  double bytes = 0;
  const auto inputs = call.inputs();
  if (!is_view(name)) {
    for (const auto& input : inputs) {
      bytes += bytes_of(input);
    }
  }
  const auto operations = operations_of(name, inputs);
  enter(Frame{std::move(name), false, operations, bytes, {}, 0, false});
  return nullptr;
}

void end_operator(const at::RecordFunction& call, at::ObserverContext*) {
  double bytes = 0;
  if (!profile.frames.empty() && !is_view(profile.frames.back().name)) {
    for (const auto& output : call.outputs()) {
      bytes += bytes_of(output);
    }
  }
  leave(bytes);
}

}  // namespace

int32_t gn_profile_start(void) {
  return guarded([] {
    TORCH_CHECK(!profile.is_on, "This thread is being profiled already; stop that first.");
    profile = Profile();
    profile.handle = at::addThreadLocalCallback(
        at::RecordFunctionCallback(begin_operator, end_operator).needsInputs(true).needsOutputs(true).scopes({at::RecordScope::FUNCTION}));
    profile.is_on = true;
  });
}

int32_t gn_profile_stop(int64_t* rows) {
  return guarded([&] {
    TORCH_CHECK(profile.is_on, "This thread is not being profiled.");
    at::removeCallback(profile.handle);
    profile.is_on = false;
    profile.rows.assign(profile.totals.begin(), profile.totals.end());
    *rows = static_cast<int64_t>(profile.rows.size());
  });
}

int32_t gn_profile_get_row(int64_t index, gn_profile_row* row) {
  return guarded([&] {
    const auto& [key, total] = profile.rows.at(index);
    *row = gn_profile_row{key.first.c_str(), key.second.c_str(), total.calls, total.seconds, total.operations, total.bytes};
  });
}

int32_t gn_profile_enter(const char* name, int32_t length, int32_t is_phase, double operations, double bytes) {
  return guarded([&] { enter(Frame{std::string(name, length), is_phase != 0, operations, bytes, {}, 0, false}); });
}

int32_t gn_profile_leave(void) {
  return guarded([] {
    TORCH_CHECK(!profile.frames.empty(), "Nothing was entered that could be left.");
    leave(0);
  });
}
