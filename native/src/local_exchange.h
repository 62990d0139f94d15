// Transfers between processes of one machine. What is large the receiver reads straight out of the sender's memory, a
// single copy, where a connection of the network takes two and a protocol; what is small comes with the word that it is
// there. Peers that cannot be reached in this way are left to the network.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>
#include <torch/csrc/distributed/c10d/Work.hpp>

#include <chrono>
#include <memory>

namespace granary {

class LocalExchange {
 public:
  virtual ~LocalExchange() = default;

  // Meets the members of a group that are on this machine; all members call it. Null where there are none, or where the
  // system does not let them read each other's memory.
  static std::unique_ptr<LocalExchange> connect(c10d::Store& store, int rank, int size, std::chrono::milliseconds timeout);

  // Whether every member reaches every other, so that nobody needs the network.
  virtual bool is_complete() const = 0;

  // Whether transfers with the peer go here; it says the same of this rank.
  virtual bool reaches(int peer) const = 0;

  // The tensor is contiguous and in main memory; the work holds it. A send is done when its memory may be written again.
  virtual c10::intrusive_ptr<c10d::Work> send(const at::Tensor& tensor, int peer, int tag) = 0;
  virtual c10::intrusive_ptr<c10d::Work> receive(const at::Tensor& tensor, int peer, int tag) = 0;
};

}  // namespace granary
