#include "local_exchange.h"

#ifdef __linux__

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "local_peers.h"

namespace granary {
namespace {

using std::chrono::milliseconds;

// What is no larger comes with the word itself, and needs no second one.
constexpr size_t kLargestInline = size_t{8} << 10;

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
  explicit Peer(LocalPeer&& met) : socket(std::move(met.socket)), process(met.process) {}

  File socket;
  pid_t process;
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
  explicit SocketExchange(LocalPeers met)
      : peers_(std::make_move_iterator(met.peers.begin()), std::make_move_iterator(met.peers.end())),
        is_complete_(met.is_complete),
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

}  // namespace

std::unique_ptr<LocalExchange> LocalExchange::connect(c10d::Store& store, int rank, int size, milliseconds timeout) {
  auto met = meet_local_peers(store, rank, size, timeout);
  const auto is_met = [](const LocalPeer& peer) { return peer.socket.number() >= 0; };
  if (std::none_of(met.peers.begin(), met.peers.end(), is_met)) return nullptr;
  return std::make_unique<SocketExchange>(std::move(met));
}

}  // namespace granary

#else

namespace granary {

std::unique_ptr<LocalExchange> LocalExchange::connect(c10d::Store&, int, int, std::chrono::milliseconds) {
  return nullptr;
}

}  // namespace granary

#endif
