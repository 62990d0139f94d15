// How the processes of one machine find each other, and read each other's memory. Linux only.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace granary {

class File {
 public:
  explicit File(int number) : number_(number) {}
  File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~File() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }

 private:
  int number_;
};

// A connection to a process of this machine, whose memory may be read; without a socket there is none.
struct LocalPeer {
  File socket{-1};
  pid_t process = 0;
};

struct LocalPeers {
  std::vector<LocalPeer> peers;  // by rank
  bool is_complete = false;      // whether every member of the group reaches every other
};

// Throws what the system says, behind a sentence of what failed.
[[noreturn]] void fail(const char* what);
int checked(int result, const char* what);

// False with errno set where the system refuses or the process is gone.
bool read_memory(pid_t process, uint64_t address, void* to, size_t bytes);

// All members of a group meet in the store, and those of one machine and user connect.
LocalPeers meet_local_peers(c10d::Store& store, int rank, int size, std::chrono::milliseconds timeout);

}  // namespace granary
