#include "granary/operator.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

#include <sstream>

#include "guarded.h"
#include "handles.h"
#include "version.h"

namespace {

using c10::IValue;
using c10::TypeKind;
using granary::guarded;

// How one argument of a schema is packed; read off the schema once, when the operator is found.
enum class Packing { tensor, integer, real, boolean, scalar, integers, reals, booleans, tensors, optional_tensors, text, device, generator, unsupported };

struct Parameter {
  Packing packing;
  bool optional;
  bool has_default;
  IValue default_value;
};

struct Operator {
  c10::OperatorHandle handle;
  std::string schema;
  std::vector<Parameter> parameters;
};

Packing packing_of_list(const c10::TypePtr& element) {
  switch (element->kind()) {
    case TypeKind::TensorType: return Packing::tensors;
    case TypeKind::IntType: return Packing::integers;
    case TypeKind::FloatType: return Packing::reals;
    case TypeKind::BoolType: return Packing::booleans;
    case TypeKind::OptionalType: return Packing::optional_tensors;
    default: return Packing::unsupported;
  }
}

Packing packing_of(const c10::TypePtr& type) {
  switch (type->kind()) {
    case TypeKind::TensorType: return Packing::tensor;
    case TypeKind::IntType: return Packing::integer;
    case TypeKind::FloatType: return Packing::real;
    case TypeKind::BoolType: return Packing::boolean;
    case TypeKind::NumberType: return Packing::scalar;
    case TypeKind::StringType: return Packing::text;
    case TypeKind::DeviceObjType: return Packing::device;
    case TypeKind::GeneratorType: return Packing::generator;
    case TypeKind::ListType: return packing_of_list(type->castRaw<c10::ListType>()->getElementType());
    default: return Packing::unsupported;
  }
}

Parameter parameter_of(const c10::Argument& argument) {
  auto type = argument.type();
  const auto optional = type->kind() == TypeKind::OptionalType;
  if (optional) {
    type = type->castRaw<c10::OptionalType>()->getElementType();
  }
  const auto& value = argument.default_value();
  return Parameter{packing_of(type), optional, value.has_value(), value.has_value() ? *value : IValue()};
}

void describe_tensor(std::ostream& stream, gn_tensor* handle) {
  const auto tensor = granary::borrow_or_undefined(handle);
  if (tensor.defined()) {
    stream << "Tensor " << c10::toString(tensor.scalar_type()) << tensor.sizes() << " on " << tensor.device();
  } else {
    stream << "none";
  }
}

// The first of a list's tensors: the list may be a whole model's parameters.
void describe_tensors(std::ostream& stream, const gn_value& value) {
  constexpr int32_t shown = 8;
  const auto* handles = static_cast<gn_tensor* const*>(value.pointer);
  stream << value.count << " tensors [";
  for (int32_t index = 0; index < value.count && index < shown; index++) {
    stream << (index == 0 ? "" : ", ");
    describe_tensor(stream, handles[index]);
  }
  stream << (value.count > shown ? ", ...]" : "]");
}

void describe(std::ostream& stream, const gn_value& value) {
  switch (value.kind) {
    case GN_NONE: stream << "none"; break;
    case GN_TENSOR: describe_tensor(stream, static_cast<gn_tensor*>(const_cast<void*>(value.pointer))); break;
    case GN_INTEGER: stream << "integer " << value.integer; break;
    case GN_REAL: stream << "real " << value.real; break;
    case GN_BOOLEAN: stream << (value.integer ? "true" : "false"); break;
    case GN_INTEGERS: stream << "integers " << at::IntArrayRef(static_cast<const int64_t*>(value.pointer), value.count); break;
    case GN_REALS: stream << value.count << " reals"; break;
    case GN_TENSORS: describe_tensors(stream, value); break;
    case GN_TEXT: stream << '"' << std::string(static_cast<const char*>(value.pointer), value.count) << '"'; break;
    case GN_GENERATOR: stream << "generator"; break;
    default: stream << "kind " << value.kind; break;
  }
}

std::string given(const gn_value* arguments, int32_t count) {
  std::ostringstream stream;
  stream << "given (";
  for (int32_t index = 0; index < count; index++) {
    stream << (index == 0 ? "" : ", ");
    describe(stream, arguments[index]);
  }
  stream << ")";
  return stream.str();
}

[[noreturn]] void refuse(size_t index) {
  std::ostringstream stream;
  stream << "argument " << index << " does not fit the schema";
  throw std::invalid_argument(stream.str());
}

gn_tensor* tensor_handle(const gn_value& value) { return static_cast<gn_tensor*>(const_cast<void*>(value.pointer)); }

gn_tensor* const* tensor_handles(const gn_value& value) {
  return static_cast<gn_tensor* const*>(value.pointer);
}

IValue pack_scalar(const gn_value& value, size_t index) {
  switch (value.kind) {
    case GN_INTEGER: return IValue(value.integer);
    case GN_REAL: return IValue(value.real);
    case GN_BOOLEAN: return IValue(value.integer != 0);
    default: refuse(index);
  }
}

IValue pack_integers(const gn_value& value, size_t index) {
  if (value.kind == GN_INTEGERS) {
    return IValue(at::IntArrayRef(static_cast<const int64_t*>(value.pointer), value.count));
  }
  if (value.kind == GN_INTEGER) {
    return IValue(at::IntArrayRef(&value.integer, 1));
  }
  refuse(index);
}

IValue pack_list(Packing packing, const gn_value& value, size_t index) {
  switch (packing) {
    case Packing::reals:
      if (value.kind != GN_REALS) refuse(index);
      return IValue(c10::ArrayRef<double>(static_cast<const double*>(value.pointer), value.count));
    case Packing::booleans: {
      if (value.kind != GN_INTEGERS) refuse(index);
      c10::List<bool> list;
      for (int32_t item = 0; item < value.count; item++) list.push_back(static_cast<const int64_t*>(value.pointer)[item] != 0);
      return IValue(std::move(list));
    }
    case Packing::tensors: {
      if (value.kind != GN_TENSORS) refuse(index);
      c10::List<at::Tensor> list;
      list.reserve(value.count);
      for (int32_t item = 0; item < value.count; item++) list.push_back(granary::borrow_or_undefined(tensor_handles(value)[item]));
      return IValue(std::move(list));
    }
    default: {
      if (value.kind != GN_TENSORS) refuse(index);
      c10::List<granary::Optional<at::Tensor>> list;
      list.reserve(value.count);
      for (int32_t item = 0; item < value.count; item++) {
        auto* handle = tensor_handles(value)[item];
        list.push_back(handle == nullptr ? granary::Optional<at::Tensor>() : granary::Optional<at::Tensor>(granary::borrow(handle)));
      }
      return IValue(std::move(list));
    }
  }
}

IValue pack(const Parameter& parameter, const gn_value& value, size_t index) {
  if (value.kind == GN_NONE) {
    if (parameter.optional) return IValue();
    // An operator that takes "Tensor?" without saying so in its type accepts an undefined tensor.
    if (parameter.packing == Packing::tensor) return IValue(at::Tensor());
    refuse(index);
  }
  switch (parameter.packing) {
    case Packing::tensor:
      if (value.kind != GN_TENSOR) refuse(index);
      return IValue(granary::borrow_or_undefined(tensor_handle(value)));
    case Packing::integer:
      if (value.kind != GN_INTEGER) refuse(index);
      return IValue(value.integer);
    case Packing::real:
      if (value.kind == GN_INTEGER) return IValue(static_cast<double>(value.integer));
      if (value.kind != GN_REAL) refuse(index);
      return IValue(value.real);
    case Packing::boolean:
      if (value.kind != GN_BOOLEAN) refuse(index);
      return IValue(value.integer != 0);
    case Packing::scalar: return pack_scalar(value, index);
    case Packing::integers: return pack_integers(value, index);
    case Packing::text:
      if (value.kind != GN_TEXT) refuse(index);
      return IValue(std::string(static_cast<const char*>(value.pointer), value.count));
    case Packing::device:
      if (value.kind != GN_TEXT) refuse(index);
      return IValue(c10::Device(std::string(static_cast<const char*>(value.pointer), value.count)));
    case Packing::generator:
      if (value.kind != GN_GENERATOR) refuse(index);
      return IValue(granary::generator_of(static_cast<gn_generator*>(const_cast<void*>(value.pointer))));
    case Packing::unsupported: throw std::invalid_argument("the schema has a type that cannot be passed from outside");
    default: return pack_list(parameter.packing, value, index);
  }
}

class ResultWriter {
 public:
  ResultWriter(gn_value* results, int32_t capacity) : results_(results), capacity_(capacity) {}

  void write(IValue&& value) {
    if (value.isTensor()) {
      add(GN_TENSOR).pointer = granary::own(std::move(value).toTensor());
    } else if (value.isTensorList()) {
      for (at::Tensor tensor : std::move(value).toTensorVector()) add(GN_TENSOR).pointer = granary::own(std::move(tensor));
    } else if (value.isInt()) {
      add(GN_INTEGER).integer = value.toInt();
    } else if (value.isDouble()) {
      add(GN_REAL).real = value.toDouble();
    } else if (value.isBool()) {
      add(GN_BOOLEAN).integer = value.toBool() ? 1 : 0;
    } else if (value.isNone()) {
      add(GN_NONE).integer = 0;
    } else {
      throw std::invalid_argument("a result is of type " + value.tagKind() + ", which cannot be passed outside");
    }
  }

  int32_t count() const { return count_; }

  void release() {
    for (int32_t index = 0; index < count_; index++) {
      if (results_[index].kind == GN_TENSOR && results_[index].pointer != nullptr) {
        granary::TensorPointer::reclaim(
            reinterpret_cast<c10::TensorImpl*>(const_cast<void*>(results_[index].pointer)));
      }
    }
  }

 private:
  gn_value& add(int32_t kind) {
    if (count_ == capacity_) {
      throw std::length_error("there are more results than the caller has room for (" + std::to_string(capacity_) + ")");
    }
    auto& result = results_[count_++];
    result.kind = kind;
    result.count = 1;
    result.pointer = nullptr;
    return result;
  }

  gn_value* results_;
  int32_t capacity_;
  int32_t count_ = 0;
};

void call(const Operator& op, const gn_value* arguments, int32_t argument_count, gn_value* results, int32_t capacity,
          int32_t* result_count) {
  if (static_cast<size_t>(argument_count) > op.parameters.size()) {
    throw std::invalid_argument("there are " + std::to_string(argument_count) + " arguments for " +
                                std::to_string(op.parameters.size()) + " parameters");
  }
  torch::jit::Stack stack;
  stack.reserve(op.parameters.size());
  for (size_t index = 0; index < op.parameters.size(); index++) {
    const auto& parameter = op.parameters[index];
    if (index < static_cast<size_t>(argument_count)) {
      stack.push_back(pack(parameter, arguments[index], index));
    } else if (parameter.has_default) {
      stack.push_back(parameter.default_value);
    } else {
      throw std::invalid_argument("argument " + std::to_string(index) + " is missing and has no default");
    }
  }
  op.handle.callBoxed(&stack);
  ResultWriter writer(results, capacity);
  try {
    for (auto& value : stack) writer.write(std::move(value));
  } catch (...) {
    writer.release();
    throw;
  }
  *result_count = writer.count();
}

}  // namespace

int32_t gn_operator_find(const char* name, const char* overload, gn_operator** op) {
  return guarded([&] {
    const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle.has_value()) {
      *op = nullptr;
      return;
    }
    auto found = std::make_unique<Operator>(Operator{*handle, c10::toString(handle->schema()), {}});
    for (const auto& argument : handle->schema().arguments()) {
      found->parameters.push_back(parameter_of(argument));
    }
    *op = reinterpret_cast<gn_operator*>(found.release());
  });
}

const char* gn_operator_schema(gn_operator* op) { return reinterpret_cast<Operator*>(op)->schema.c_str(); }

int32_t gn_operator_call(gn_operator* op, const gn_value* arguments, int32_t argument_count, gn_value* results,
                         int32_t capacity, int32_t* result_count) {
  const auto& target = *reinterpret_cast<const Operator*>(op);
  return guarded([&] {
    try {
      call(target, arguments, argument_count, results, capacity, result_count);
    } catch (const c10::Error& error) {
      throw std::runtime_error(std::string(error.what_without_backtrace()) + " - operator '" + target.schema + "', " +
                               given(arguments, argument_count) + ".");
    } catch (const std::exception& error) {
      throw std::runtime_error(std::string(error.what()) + " - operator '" + target.schema + "', " +
                               given(arguments, argument_count) + ".");
    }
  });
}
