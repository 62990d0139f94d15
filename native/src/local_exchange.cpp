#include "local_exchange.h"

#ifdef __linux__

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace granary {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Deadline = steady_clock::time_point;

// Up to here the two copies of a socket cost less than a second message and a system call on the sender's memory.
constexpr size_t kLargestInline = size_t{8} << 10;

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

[[noreturn]] void fail(const char* what) { throw std::runtime_error(std::string(what) + ": " + std::strerror(errno)); }

int checked(int result, const char* what) {
  if (result < 0) fail(what);
  return result;
}

milliseconds left_until(Deadline end) {
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(end - steady_clock::now()));
}

// ---- Words ----

enum class Word : uint32_t {
  kOffer,    // a tensor of `bytes` lies at `address`; `number` is the sender's name for it
  kInline,   // a tensor whose `bytes` follow
  kTaken,    // the tensor of `number` has been read
  kRefused,  // the tensor of `number` is not what the receiver waits for, which has `bytes`
};

struct Header {
  Word word;
  int32_t tag;
  uint64_t number;
  uint64_t address;
  uint64_t bytes;
};

struct Greeting {
  int64_t rank;
  uint64_t probe;  // where the number below lies in the sender's memory
  uint64_t value;
};

enum class Written { kYes, kClosed, kFull };

// A closed connection is also learnt of by whoever reads from it. Full only without waiting.
Written write_word(int socket, const Header& header, const void* payload, size_t bytes, bool waits) {
  iovec parts[2] = {{const_cast<Header*>(&header), sizeof header}, {const_cast<void*>(payload), bytes}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = bytes == 0 ? 1 : 2;
  while (::sendmsg(socket, &message, MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT)) < 0) {
    if (errno == EINTR) continue;
    if (!waits && errno == EAGAIN) return Written::kFull;
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) return Written::kClosed;
    fail("A word to a process of this machine could not be written");
  }
  return Written::kYes;
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

// ---- Another's memory ----

// False with errno set where the system refuses or the process is gone.
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

// ---- Transfers ----

struct Signal {
  std::mutex gate;
  std::condition_variable changed;
};

class Transfer final : public c10d::Work {
 public:
  Transfer(std::shared_ptr<Signal> signal, at::Tensor tensor)
      : signal_(std::move(signal)), tensor_(std::move(tensor)) {}

  bool wait(milliseconds timeout) override {
    std::unique_lock<std::mutex> lock(signal_->gate);
    const auto is_over = [this] { return is_done_ || is_aborted_; };
    if (!signal_->changed.wait_for(lock, timeout, is_over)) {
      throw std::runtime_error("Timed out waiting " + std::to_string(timeout.count()) + "ms for a process of this machine");
    }
    if (is_done_ && !failure_.empty()) throw std::runtime_error(failure_);
    return is_done_;
  }

  void abort() override {
    {
      const std::lock_guard<std::mutex> lock(signal_->gate);
      is_aborted_ = true;
    }
    signal_->changed.notify_all();
  }

  // The gate is held.
  void end(std::string failure = {}) {
    is_done_ = true;
    failure_ = std::move(failure);
    tensor_.reset();
    signal_->changed.notify_all();
  }

  const at::Tensor& tensor() const { return tensor_; }

  uint64_t bytes() const { return tensor_.nbytes(); }

 private:
  std::shared_ptr<Signal> signal_;
  at::Tensor tensor_;
  std::string failure_;
  bool is_done_ = false;
  bool is_aborted_ = false;
};

using TransferPointer = c10::intrusive_ptr<Transfer>;

struct Offer {
  Header header;
  std::vector<char> payload;
};

struct Peer {
  File socket{-1};
  pid_t process = 0;
  bool is_closed = false;
  uint64_t offered = 0;
  std::map<int, std::deque<TransferPointer>> receives;  // that nothing has come for, by tag
  std::map<int, std::deque<Offer>> offers;              // that nobody waits for yet, by tag
  std::unordered_map<uint64_t, TransferPointer> sends;  // that have not been taken
  std::deque<Header> answers;                           // that the connection had no room for; the reader's own
};

template <typename Value>
Value take_first(std::map<int, std::deque<Value>>& queues, int tag) {
  const auto queue = queues.find(tag);
  auto value = std::move(queue->second.front());
  queue->second.pop_front();
  if (queue->second.empty()) queues.erase(queue);
  return value;
}

class SocketExchange final : public LocalExchange {
 public:
  SocketExchange(std::vector<Peer> peers, bool is_complete)
      : peers_(std::move(peers)),
        is_complete_(is_complete),
        stop_(checked(::eventfd(0, EFD_CLOEXEC), "An event could not be made")) {
    reader_ = std::thread([this] { read_words(); });
  }

  ~SocketExchange() override {
    const uint64_t one = 1;
    while (::write(stop_.number(), &one, sizeof one) < 0 && errno == EINTR) {
    }
    reader_.join();
    const std::lock_guard<std::mutex> lock(signal_->gate);
    for (auto& peer : peers_) {
      close(peer, "The group was closed");
    }
  }

  bool is_complete() const override { return is_complete_; }

  bool reaches(int peer) const override { return peers_[peer].socket.number() >= 0; }

  c10::intrusive_ptr<c10d::Work> send(const at::Tensor& tensor, int to, int tag) override {
    auto& peer = peers_[to];
    auto transfer = c10::make_intrusive<Transfer>(signal_, tensor);
    Header header{Word::kInline, tag, 0, 0, transfer->bytes()};
    const auto is_inline = header.bytes <= kLargestInline;
    {
      const std::lock_guard<std::mutex> lock(signal_->gate);
      if (peer.is_closed) throw std::runtime_error(kClosed);
      if (!is_inline) {
        header.word = Word::kOffer;
        header.number = peer.offered++;
        header.address = reinterpret_cast<uint64_t>(tensor.data_ptr());
        peer.sends.emplace(header.number, transfer);
      }
    }
    // Outside the gate: the reader must go on taking words while the peer takes none. It fails the offer to one that is gone.
    const auto payload = is_inline ? header.bytes : 0;
    const auto written = write_word(peer.socket.number(), header, tensor.data_ptr(), payload, true);
    if (is_inline) {
      const std::lock_guard<std::mutex> lock(signal_->gate);
      transfer->end(written == Written::kYes ? std::string() : kClosed);
    }
    return transfer;
  }

  c10::intrusive_ptr<c10d::Work> receive(const at::Tensor& tensor, int from, int tag) override {
    auto& peer = peers_[from];
    auto transfer = c10::make_intrusive<Transfer>(signal_, tensor);
    std::unique_lock<std::mutex> lock(signal_->gate);
    if (peer.offers.count(tag) == 0) {
      if (peer.is_closed) throw std::runtime_error(kClosed);
      peer.receives[tag].push_back(transfer);
      return transfer;
    }
    const auto offer = take_first(peer.offers, tag);
    lock.unlock();
    const auto answer = take(peer, offer.header, offer.payload.data(), transfer);
    if (offer.header.word == Word::kOffer) write_word(peer.socket.number(), answer, nullptr, 0, true);
    return transfer;
  }

 private:
  static constexpr const char* kClosed = "The connection was closed by the process at its other end";

  void read_words() {
    std::vector<pollfd> watched = {{stop_.number(), POLLIN, 0}};
    std::vector<Peer*> watched_peers = {nullptr};
    for (auto& peer : peers_) {
      if (peer.socket.number() < 0) continue;
      watched.push_back({peer.socket.number(), POLLIN, 0});
      watched_peers.push_back(&peer);
    }
    std::vector<char> payload(kLargestInline);
    while (true) {
      if (::poll(watched.data(), watched.size(), -1) < 0) continue;  // interrupted
      if (watched[0].revents != 0) return;
      for (size_t index = 1; index < watched.size(); index++) {
        auto& peer = *watched_peers[index];
        if ((watched[index].revents & ~POLLOUT) != 0 && !read_word(peer, payload)) watched[index].fd = -1;
        write_answers(peer);
        watched[index].events = static_cast<short>(POLLIN | (peer.answers.empty() ? 0 : POLLOUT));
      }
    }
  }

  void write_answers(Peer& peer) {
    try {
      while (!peer.answers.empty()) {
        if (write_word(peer.socket.number(), peer.answers.front(), nullptr, 0, false) == Written::kFull) return;
        peer.answers.pop_front();
      }
    } catch (const std::exception& error) {
      // Both sides learn of it by the connection's end.
      ::shutdown(peer.socket.number(), SHUT_RDWR);
      peer.answers.clear();
      const std::lock_guard<std::mutex> lock(signal_->gate);
      close(peer, error.what());
    }
  }

  // False when no more can come.
  bool read_word(Peer& peer, std::vector<char>& payload) {
    Header header;
    iovec parts[2] = {{&header, sizeof header}, {payload.data(), payload.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const auto count = ::recvmsg(peer.socket.number(), &message, MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    std::unique_lock<std::mutex> lock(signal_->gate);
    if (count < static_cast<ssize_t>(sizeof header)) {
      close(peer, kClosed);
      return false;
    }
    if (header.word == Word::kTaken || header.word == Word::kRefused) {
      const auto sent = peer.sends.find(header.number);
      if (sent == peer.sends.end()) return true;
      sent->second->end(header.word == Word::kTaken ? std::string() : mismatch(sent->second->bytes(), header.bytes));
      peer.sends.erase(sent);
    } else if (peer.receives.count(header.tag) != 0) {
      const auto transfer = take_first(peer.receives, header.tag);
      lock.unlock();
      // Whoever takes words never waits until its own are taken: two such would wait for each other.
      const auto answer = take(peer, header, payload.data(), transfer);
      if (header.word == Word::kOffer) peer.answers.push_back(answer);
    } else {
      const auto inline_bytes = header.word == Word::kInline ? header.bytes : 0;
      peer.offers[header.tag].push_back({header, {payload.begin(), payload.begin() + inline_bytes}});
    }
    return true;
  }

  // What is offered comes into the transfer's tensor; what the peer is told of it. The gate is not held.
  Header take(const Peer& peer, const Header& header, const char* payload, const TransferPointer& transfer) {
    const auto verdict = header.bytes == transfer->bytes() ? Word::kTaken : Word::kRefused;
    const Header answer{verdict, header.tag, header.number, 0, transfer->bytes()};
    std::string failure;
    if (answer.word == Word::kRefused) {
      failure = mismatch(header.bytes, transfer->bytes());
    } else if (header.word == Word::kInline) {
      if (header.bytes > 0) std::memcpy(transfer->tensor().data_ptr(), payload, header.bytes);
    } else if (!read_memory(peer.process, header.address, transfer->tensor().data_ptr(), header.bytes)) {
      failure = std::string("The memory of the process at the other end could not be read: ") + std::strerror(errno);
    }
    const std::lock_guard<std::mutex> lock(signal_->gate);
    transfer->end(failure);
    return answer;
  }

  // The gate is held.
  static void close(Peer& peer, const char* reason) {
    peer.is_closed = true;
    for (auto& queue : peer.receives) {
      for (auto& transfer : queue.second) transfer->end(reason);
    }
    for (auto& sent : peer.sends) sent.second->end(reason);
    peer.receives.clear();
    peer.sends.clear();
  }

  static std::string mismatch(uint64_t sent, uint64_t awaited) {
    return std::to_string(sent) + " bytes were sent where " + std::to_string(awaited) + " are waited for";
  }

  std::vector<Peer> peers_;
  bool is_complete_;
  File stop_;
  std::shared_ptr<Signal> signal_ = std::make_shared<Signal>();
  std::thread reader_;
};

// ---- Meeting ----

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
std::vector<Peer> greet(const File& listener, const std::vector<std::string>& names, int rank, Deadline end) {
  std::random_device random;
  const uint64_t value = (static_cast<uint64_t>(random()) << 32) | random();
  const Greeting own{rank, reinterpret_cast<uint64_t>(&value), value};
  std::vector<Peer> peers(names.size());
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
    if (!is_read || !is_readable[other]) peer = Peer();
  }
  return peers;
}

}  // namespace

std::unique_ptr<LocalExchange> LocalExchange::connect(c10d::Store& store, int rank, int size, milliseconds timeout) {
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
  const auto reached = std::count_if(peers.begin(), peers.end(), [](const Peer& peer) { return peer.socket.number() >= 0; });
  auto is_complete = is_one_machine;
  if (is_one_machine) {
    publish(store, "reached/" + std::to_string(rank), std::to_string(reached));
    for (auto other = 0; other < size; other++) {
      const auto others_reached = wait_for(store, "reached/" + std::to_string(other), end);
      is_complete = is_complete && others_reached == std::to_string(size - 1);
    }
  }
  if (reached == 0) return nullptr;
  for (const auto& peer : peers) {
    if (peer.socket.number() >= 0) limit_writes(peer.socket, timeout);
  }
  return std::make_unique<SocketExchange>(std::move(peers), is_complete);
}

}  // namespace granary

#else

namespace granary {

std::unique_ptr<LocalExchange> LocalExchange::connect(c10d::Store&, int, int, std::chrono::milliseconds) {
  return nullptr;
}

}  // namespace granary

#endif
