#include "granary/distributed.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/Work.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "guarded.h"
#include "handles.h"
#include "local_exchange.h"
#include "version.h"

#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

using granary::borrow;
using granary::guarded;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

using WorkPointer = c10::intrusive_ptr<c10d::Work>;

}  // namespace

struct gn_store {
  c10::intrusive_ptr<c10d::TCPStore> store;
};

struct gn_group {
  virtual ~gn_group() = default;

  virtual gn_work* begin(std::vector<gn_distributed_operation> operations) = 0;

  // Frees what waits on a device; works in main memory are aborted each by itself.
  virtual void abort() {}
};

struct gn_work {
  // A transfer and the operation it is for.
  std::vector<std::pair<WorkPointer, int32_t>> transfers;
  bool is_on_stream = false;
  size_t done = 0;
  std::atomic<bool> is_aborted{false};
};

namespace {

std::vector<uint8_t> bytes_of(const uint8_t* value, int64_t bytes) {
  return bytes == 0 ? std::vector<uint8_t>() : std::vector<uint8_t>(value, value + bytes);
}

// Releases that can serve a store through libuv do so unless told otherwise, and fail where they were built without it.
template <typename Options>
auto serve_without_libuv(Options& options, int) -> decltype(options.useLibUV, void()) {
  options.useLibUV = false;
}

template <typename Options>
void serve_without_libuv(Options&, long) {}

void hand_out(std::vector<uint8_t>&& found, const uint8_t** value, int64_t* bytes) {
  thread_local std::vector<uint8_t> held;
  held = std::move(found);
  *value = held.data();
  *bytes = static_cast<int64_t>(held.size());
}

// A release without it leaves what waits to the backend's own time-out.
template <typename Backend>
auto abort_backend(Backend& backend, int) -> decltype(backend.abort(), void()) {
  backend.abort();
}

template <typename Backend>
void abort_backend(Backend&, long) {}

// Autograd compares versions, and a backend writes behind its back.
void note_receive(const at::Tensor& tensor) {
  if (!tensor.is_inference()) tensor.unsafeGetTensorImpl()->bump_version();
}

template <typename Backend>
WorkPointer post(Backend& backend, const gn_distributed_operation& operation) {
  std::vector<at::Tensor> tensors = {borrow(operation.tensor)};
  if (operation.is_send) return backend.send(tensors, operation.peer, operation.tag);
  note_receive(tensors[0]);
  return backend.recv(tensors, operation.peer, operation.tag);
}

WorkPointer post(granary::LocalExchange& exchange, const gn_distributed_operation& operation) {
  const auto& tensor = borrow(operation.tensor);
  if (operation.is_send) return exchange.send(tensor, operation.peer, operation.tag);
  note_receive(tensor);
  return exchange.receive(tensor, operation.peer, operation.tag);
}

#ifdef USE_C10D_GLOO
// Members of one machine exchange through its memory where the system lets them; Gloo carries the rest.
class GlooGroup final : public gn_group {
 public:
  GlooGroup(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, milliseconds timeout,
            const char* interface_name, const char* host, bool reads_memory)
      : local_(reads_memory ? granary::LocalExchange::connect(*store, rank, size, timeout) : nullptr) {
    if (local_ && local_->is_complete()) return;
    auto options = c10d::ProcessGroupGloo::Options::create(timeout);
    options->devices.push_back(interface_name != nullptr ? c10d::ProcessGroupGloo::createDeviceForInterface(interface_name)
                               : host != nullptr         ? c10d::ProcessGroupGloo::createDeviceForHostname(host)
                                                         : c10d::ProcessGroupGloo::createDefaultDevice());
    options->threads = 1;  // for its own collectives, which nobody calls
    backend_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
  }

  // Data one way holds up the word that the other way is ready, so that word goes first.
  gn_work* begin(std::vector<gn_distributed_operation> operations) override {
    auto work = std::make_unique<gn_work>();
    for (const auto is_send : {0, 1}) {
      for (size_t index = 0; index < operations.size(); index++) {
        const auto& operation = operations[index];
        if ((operation.is_send != 0) != (is_send != 0)) continue;
        const auto device = borrow(operation.tensor).device();
        TORCH_CHECK(device.is_cpu(), "Gloo exchanges tensors in main memory, but one is on '", device, "'.");
        work->transfers.emplace_back(local_ && local_->reaches(operation.peer) ? post(*local_, operation) : post(*backend_, operation), index);
      }
    }
    return work.release();
  }

 private:
  std::unique_ptr<granary::LocalExchange> local_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> backend_;  // null where nobody needs it
};
#endif

#ifdef USE_C10D_NCCL
// Tags do not travel: what a pair exchanges is matched by its order. A batch is one kernel, so its own order is free.
class NcclGroup final : public gn_group {
 public:
  NcclGroup(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, milliseconds timeout) {
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = timeout;
    backend_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, options);
  }

  gn_work* begin(std::vector<gn_distributed_operation> operations) override {
    auto work = std::make_unique<gn_work>();
    work->is_on_stream = true;
    backend_->startCoalescing();
    for (const auto& operation : operations) {
      post(*backend_, operation);
    }
    work->transfers.emplace_back(backend_->endCoalescing(), 0);
    return work.release();
  }

  void abort() override { abort_backend(*backend_, 0); }

 private:
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> backend_;
};
#endif

gn_group* create_group(const c10::intrusive_ptr<c10d::Store>& store, const std::string& backend, int32_t rank,
                       int32_t size, milliseconds timeout, const char* interface_name, const char* host, bool reads_memory) {
#ifdef USE_C10D_GLOO
  if (backend == "gloo") return new GlooGroup(store, rank, size, timeout, interface_name, host, reads_memory);
#endif
#ifdef USE_C10D_NCCL
  if (backend == "nccl") return new NcclGroup(store, rank, size, timeout);
#endif
  TORCH_CHECK(false, "The backend '", backend, "' is not in this build; it has: '", gn_distributed_backends(), "'.");
}

}  // namespace

const char* gn_distributed_backends(void) {
#if defined(USE_C10D_GLOO) && defined(USE_C10D_NCCL)
  return "gloo nccl";
#elif defined(USE_C10D_GLOO)
  return "gloo";
#elif defined(USE_C10D_NCCL)
  return "nccl";
#else
  return "";
#endif
}

int32_t gn_distributed_store_create(const char* host, int32_t port, int32_t is_host, int64_t timeout, gn_store** store) {
  return guarded([&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = is_host != 0;
    options.waitWorkers = false;
    serve_without_libuv(options, 0);
    options.timeout = milliseconds(timeout);
    auto connected = std::make_unique<gn_store>(gn_store{c10::make_intrusive<c10d::TCPStore>(host, options)});
#if !GN_TORCH_AT_LEAST(2, 1)
    // A second connection, for changes of keys, has a thread that ends the process when the host goes before it has taken
    // the connection. An answer over it says that it has; nobody changes the key.
    connected->store->watchKey("accepted", [](const auto&, const auto&) {});
#endif
    *store = connected.release();
  });
}

void gn_distributed_store_free(gn_store* store) { delete store; }

int32_t gn_distributed_store_get_port(gn_store* store, int32_t* port) {
  return guarded([&] { *port = store->store->getPort(); });
}

int32_t gn_distributed_store_set(gn_store* store, const char* key, const uint8_t* value, int64_t bytes) {
  return guarded([&] { store->store->set(key, bytes_of(value, bytes)); });
}

int32_t gn_distributed_store_get(gn_store* store, const char* key, const uint8_t** value, int64_t* bytes) {
  return guarded([&] { hand_out(store->store->get(key), value, bytes); });
}

int32_t gn_distributed_store_check(gn_store* store, const char* key, int32_t* is_there) {
  return guarded([&] { *is_there = store->store->check({key}) ? 1 : 0; });
}

int32_t gn_distributed_store_add(gn_store* store, const char* key, int64_t amount, int64_t* sum) {
  return guarded([&] { *sum = store->store->add(key, amount); });
}

int32_t gn_distributed_store_compare(gn_store* store, const char* key, const uint8_t* expected, int64_t expected_bytes,
                                     const uint8_t* desired, int64_t desired_bytes, const uint8_t** value, int64_t* bytes) {
  return guarded([&] {
    hand_out(store->store->compareSet(key, bytes_of(expected, expected_bytes), bytes_of(desired, desired_bytes)), value, bytes);
  });
}

int32_t gn_distributed_store_delete(gn_store* store, const char* key, int32_t* was_there) {
  return guarded([&] { *was_there = store->store->deleteKey(key) ? 1 : 0; });
}

int32_t gn_distributed_group_create(gn_store* store, const char* prefix, const char* backend, int32_t rank, int32_t size,
                                    int64_t timeout, const char* interface_name, const char* host, int32_t reads_memory,
                                    gn_group** group) {
  return guarded([&] {
    const auto prefixed = c10::make_intrusive<c10d::PrefixStore>(prefix, store->store);
    *group = create_group(prefixed, backend, rank, size, milliseconds(timeout), interface_name, host, reads_memory != 0);
  });
}

void gn_distributed_group_free(gn_group* group) { delete group; }

int32_t gn_distributed_group_abort(gn_group* group) {
  return guarded([&] { group->abort(); });
}

int32_t gn_distributed_begin(gn_group* group, const gn_distributed_operation* operations, int32_t count, gn_work** work) {
  return guarded([&] { *work = group->begin({operations, operations + count}); });
}

int32_t gn_distributed_work_wait(gn_work* work, int64_t timeout, int32_t* pending) {
  *pending = -1;
  return guarded([&] {
    const auto end = steady_clock::now() + milliseconds(timeout);
    for (; work->done < work->transfers.size(); work->done++) {
      const auto& transfer = work->transfers[work->done];
      *pending = transfer.second;
      if (work->is_aborted) return;

      // On a device it is the stream that waits; a time-out is then the backend's own.
      const auto left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
      if (!transfer.first->wait(work->is_on_stream ? milliseconds(0) : std::max(left, milliseconds(1)))) return;
    }
    *pending = -1;
  });
}

int32_t gn_distributed_work_abort(gn_work* work) {
  return guarded([&] {
    work->is_aborted = true;
    for (const auto& transfer : work->transfers) {
      transfer.first->abort();
    }
  });
}

void gn_distributed_work_free(gn_work* work) { delete work; }
