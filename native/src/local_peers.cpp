#ifdef __linux__

#include "local_peers.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

namespace granary {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) { throw std::runtime_error(std::string(what) + ": " + std::strerror(errno)); }

int checked(int result, const char* what) {
  if (result < 0) fail(what);
  return result;
}

bool read_memory(pid_t process, uint64_t address, void* to, size_t bytes) {
  if (process == ::getpid()) {
    std::memcpy(to, reinterpret_cast<const void*>(address), bytes);
    return true;
  }
  for (size_t done = 0; done < bytes;) {
    iovec local{static_cast<char*>(to) + done, bytes - done};
    iovec remote{reinterpret_cast<void*>(address + done), bytes - done};
    const auto count = ::process_vm_readv(process, &local, 1, &remote, 1, 0);
    if (count <= 0) return false;
    done += static_cast<size_t>(count);
  }
  return true;
}

namespace {

using Deadline = steady_clock::time_point;

struct Greeting {
  int64_t rank;
  uint64_t probe;  // where the number below lies in the sender's memory
  uint64_t value;
};

milliseconds left_until(Deadline end) {
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(end - steady_clock::now()));
}

bool has_input(int socket, Deadline end) {
  pollfd waited{socket, POLLIN, 0};
  const auto left = static_cast<int>(left_until(end).count());
  return checked(::poll(&waited, 1, left), "A process of this machine could not be waited for") > 0;
}

template <typename Value>
void write_value(int socket, const Value& value) {
  if (::send(socket, &value, sizeof value, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof value)) {
    fail("A process of this machine left while it was greeted");
  }
}

template <typename Value>
Value read_value(int socket, Deadline end) {
  Value value;
  if (!has_input(socket, end)) throw std::runtime_error("A process of this machine did not answer in time");
  if (::recv(socket, &value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    throw std::runtime_error("A process of this machine left while it was greeted");
  }
  return value;
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string inode_of(const char* path) {
  struct stat status;
  return ::stat(path, &status) == 0 ? std::to_string(status.st_ino) : std::string();
}

// Processes that have it in common have a kernel, its processes' numbers, its network's names and their user in common.
// Empty where the system does not tell.
std::string machine() {
  const auto boot = first_line("/proc/sys/kernel/random/boot_id");
  const auto processes = inode_of("/proc/self/ns/pid");
  const auto network = inode_of("/proc/self/ns/net");
  if (boot.empty() || processes.empty() || network.empty()) return {};
  return boot + " " + processes + " " + network + " " + std::to_string(::getuid());
}

// Where the kernel lets a process read the memory of its descendants alone, it is asked to let the user's others read this one's.
void allow_reading() {
#ifdef PR_SET_PTRACER
  if (first_line("/proc/sys/kernel/yama/ptrace_scope") == "1") ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
#endif
}

std::string wait_for(c10d::Store& store, const std::string& key, Deadline end) {
  for (auto pause = milliseconds(1); !store.check({key}); pause = std::min(pause * 2, milliseconds(50))) {
    if (steady_clock::now() >= end) throw std::runtime_error("Nobody has set '" + key + "' in the store");
    std::this_thread::sleep_for(pause);
  }
  const auto value = store.get(key);
  return {value.begin(), value.end()};
}

void publish(c10d::Store& store, const std::string& key, const std::string& value) {
  store.set(key, std::vector<uint8_t>(value.begin(), value.end()));
}

File open_socket() {
  return File(checked(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), "A socket could not be opened"));
}

// How long a word waits for room, which a process that was stopped does not make.
void limit_writes(const File& socket, milliseconds timeout) {
  const timeval limit{static_cast<time_t>(timeout.count() / 1000), static_cast<suseconds_t>(timeout.count() % 1000 * 1000)};
  checked(::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), "A connection got no time-out");
}

// The kernel chooses the name, one that no file has.
std::string listen_at(const File& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  checked(::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)), "A socket could not be named");
  checked(::listen(socket.number(), SOMAXCONN), "A socket could not listen");
  socklen_t bytes = sizeof address;
  checked(::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &bytes), "A socket's name could not be read");
  return {address.sun_path + 1, bytes - offsetof(sockaddr_un, sun_path) - 1};
}

File connect_to(const std::string& name) {
  auto socket = open_socket();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() >= sizeof address.sun_path) throw std::runtime_error("The name of a socket is too long");
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  while (::connect(socket.number(), reinterpret_cast<sockaddr*>(&address), bytes) < 0) {
    if (errno != EINTR) fail("A process of this machine could not be reached");
  }
  return socket;
}

File accept_at(const File& listener, Deadline end) {
  if (!has_input(listener.number(), end)) throw std::runtime_error("A process of this machine did not come in time");
  return File(checked(::accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC), "A connection could not be accepted"));
}

// The process at the other end, as the kernel says; 0 where it is another user's.
pid_t process_at(const File& socket) {
  ucred credentials{};
  socklen_t bytes = sizeof credentials;
  checked(::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &credentials, &bytes), "A connection's process is not known");
  return credentials.uid == ::getuid() ? credentials.pid : 0;
}

// Connects to the lower ranks and lets the higher connect, each of which then says who it is.
std::vector<LocalPeer> greet(const File& listener, const std::vector<std::string>& names, int rank, Deadline end) {
  std::random_device random;
  const uint64_t value = (static_cast<uint64_t>(random()) << 32) | random();
  const Greeting own{rank, reinterpret_cast<uint64_t>(&value), value};
  std::vector<LocalPeer> peers(names.size());
  std::vector<Greeting> greetings(names.size());
  auto expected = 0;
  for (auto other = 0; other < static_cast<int>(names.size()); other++) {
    if (other == rank || names[other].empty()) continue;
    expected++;
    if (other < rank) {
      peers[other].socket = connect_to(names[other]);
      write_value(peers[other].socket.number(), own);
      expected--;
    }
  }
  while (expected > 0) {
    auto socket = accept_at(listener, end);
    if (process_at(socket) == 0) continue;
    const auto greeting = read_value<Greeting>(socket.number(), end);
    const auto is_rank = greeting.rank > rank && greeting.rank < static_cast<int>(names.size());
    if (!is_rank || peers[greeting.rank].socket.number() >= 0) continue;
    write_value(socket.number(), own);
    greetings[greeting.rank] = greeting;
    peers[greeting.rank].socket = std::move(socket);
    expected--;
  }
  for (auto other = 0; other < rank; other++) {
    if (peers[other].socket.number() >= 0) greetings[other] = read_value<Greeting>(peers[other].socket.number(), end);
  }

  // All can be read before any is told so: the number above is this call's.
  std::vector<bool> is_readable(names.size());
  for (size_t other = 0; other < peers.size(); other++) {
    auto& peer = peers[other];
    if (peer.socket.number() < 0) continue;
    peer.process = process_at(peer.socket);
    const auto& greeting = greetings[other];
    uint64_t seen = 0;
    const auto is_read = peer.process != 0 && read_memory(peer.process, greeting.probe, &seen, sizeof seen);
    is_readable[other] = is_read && seen == greeting.value;
    write_value(peer.socket.number(), static_cast<uint8_t>(is_readable[other]));
  }
  for (size_t other = 0; other < peers.size(); other++) {
    auto& peer = peers[other];
    if (peer.socket.number() < 0) continue;
    const auto is_read = read_value<uint8_t>(peer.socket.number(), end) != 0;
    if (!is_read || !is_readable[other]) peer = LocalPeer();
  }
  return peers;
}

}  // namespace

LocalPeers meet_local_peers(c10d::Store& store, int rank, int size, milliseconds timeout) {
  const auto end = steady_clock::now() + timeout;
  const auto own = machine();
  const auto listener = open_socket();
  allow_reading();
  publish(store, "machine/" + std::to_string(rank), own + "\n" + listen_at(listener));

  std::vector<std::string> names(size);
  auto is_one_machine = !own.empty();
  for (auto other = 0; other < size; other++) {
    if (other == rank) continue;
    const auto said = wait_for(store, "machine/" + std::to_string(other), end);
    const auto middle = said.find('\n');
    if (!own.empty() && said.compare(0, middle, own) == 0) {
      names[other] = said.substr(middle + 1);
    } else {
      is_one_machine = false;
    }
  }

  auto peers = greet(listener, names, rank, end);
  const auto reached = std::count_if(peers.begin(), peers.end(), [](const LocalPeer& peer) { return peer.socket.number() >= 0; });
  auto is_complete = is_one_machine;
  if (is_one_machine) {
    publish(store, "reached/" + std::to_string(rank), std::to_string(reached));
    for (auto other = 0; other < size; other++) {
      const auto others_reached = wait_for(store, "reached/" + std::to_string(other), end);
      is_complete = is_complete && others_reached == std::to_string(size - 1);
    }
  }
  for (const auto& peer : peers) {
    if (peer.socket.number() >= 0) limit_writes(peer.socket, timeout);
  }
  return {std::move(peers), is_complete};
}

}  // namespace granary

#endif
