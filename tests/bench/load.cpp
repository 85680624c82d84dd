#include "bench/load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <limits>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "base/bytes.hpp"
#include "bench/machine.hpp"
#include "support/descriptor.hpp"

namespace shoal::bench {
namespace {

constexpr std::size_t kBatch = 32;        // datagrams in a system call
constexpr std::size_t kBuffer = 2048;     // more than any datagram
constexpr std::size_t kTransaction = 12;  // offset in a request
constexpr auto kLostAfter = std::chrono::milliseconds(500);

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

test::Descriptor connect_to(const Endpoint& tracker) {
  test::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(tracker.port);
  address.sin_addr.s_addr = htonl(load_be<std::uint32_t>(tracker.address.v4().data()));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw_errno("connect");
  }
  const int room = 4 << 20;  // as far as the system lets us
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  return socket;
}

/// False when nothing came in time.
bool wait_readable(int socket, Duration patience) {
  const auto ns = std::max<std::int64_t>(0, std::chrono::nanoseconds(patience).count());
  const timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
  pollfd polled{socket, POLLIN, 0};
  return ::ppoll(&polled, 1, &time, nullptr) == 1;
}

datagram::ConnectionId get_connection_id(int socket) {
  Bytes bytes;
  datagram::encode(datagram::RequestDatagram{{}, {}, datagram::ConnectRequest{}}, bytes);
  if (::send(socket, bytes.data(), bytes.size(), 0) < 0) throw_errno("send");
  bytes.resize(kBuffer);
  if (!wait_readable(socket, std::chrono::seconds(5))) {
    throw std::runtime_error("the tracker does not answer");
  }
  const ssize_t size = ::recv(socket, bytes.data(), bytes.size(), 0);
  if (size < 0) throw_errno("recv");
  bytes.resize(static_cast<std::size_t>(size));
  const auto reply = datagram::decode_reply(bytes, false);
  if (!reply) throw std::runtime_error("the tracker: " + reply.error().message);
  return std::get<datagram::ConnectReply>(reply->reply).connection;
}

/// Buffers for so many datagrams as one system call moves.
struct Batch {
  std::array<std::array<std::byte, kBuffer>, kBatch> buffers;
  std::array<iovec, kBatch> parts;
  std::array<mmsghdr, kBatch> messages{};

  Batch() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts[i] = {buffers[i].data(), kBuffer};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
};

/// A place for one request under way. The transaction id is the slot's number and, above it, how
/// often the slot was used, which tells late answers from those that are awaited.
struct Slot {
  RealTime since;  // from when its latency counts
  RealTime sent;   // last
  std::uint32_t request = 0;
  std::uint32_t use = 0;
  bool busy = false;
};

constexpr std::uint32_t kSlotBits = 16;
constexpr std::uint32_t kSlotMask = (1u << kSlotBits) - 1;

class Load {
 public:
  Load(const Endpoint& tracker, std::span<const datagram::Request> requests, const LoadPlan& plan)
      : plan_(plan),
        socket_(connect_to(tracker)),
        slots_(std::min<std::size_t>(plan.outstanding, kSlotMask)) {
    const datagram::ConnectionId connection = get_connection_id(socket_.get());
    for (const datagram::Request& request : requests) {
      datagram::encode(datagram::RequestDatagram{connection, {}, request},
                       requests_.emplace_back());
    }
    for (std::uint32_t i = 0; i < slots_.size(); ++i) free_.push_back(i);
  }

  LoadResult run() {
    const double cpu_before = cpu_seconds(::getpid());
    start_ = look_ = RealClock::now();
    for (RealTime now = start_; !finished(now); now = RealClock::now()) {
      if (now - look_ >= kLostAfter / 5) look_for_losses(now);
      send_some(now);
      if (!receive_some()) wait_readable(socket_.get(), until_next(RealClock::now()));
    }
    result_.seconds = std::chrono::duration<double>(RealClock::now() - start_).count();
    result_.cpu = cpu_seconds(::getpid()) - cpu_before;
    std::ranges::sort(result_.latencies);
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool finished(RealTime now) const {
    return plan_.duration ? now - start_ >= *plan_.duration : result_.answered == requests_.size();
  }
  /// When request number `sent_` may go.
  [[nodiscard]] RealTime due() const {
    if (plan_.rate <= 0) return start_;
    return start_ + std::chrono::duration_cast<Duration>(
                        std::chrono::duration<double>(static_cast<double>(sent_) / plan_.rate));
  }
  [[nodiscard]] bool may_send(RealTime now) const {
    if (free_.empty() || (!plan_.duration && sent_ == requests_.size())) return false;
    return due() <= now;
  }
  [[nodiscard]] Duration until_next(RealTime now) const {
    constexpr Duration kLongest = std::chrono::milliseconds(10);
    return plan_.rate > 0 && !free_.empty() ? std::min(due() - now, kLongest) : kLongest;
  }

  void send_some(RealTime now) {
    std::size_t count = 0;
    for (; count < kBatch && may_send(now); ++count, ++sent_) {
      const std::uint32_t number = free_.back();
      free_.pop_back();
      Slot& slot = slots_[number];
      slot.request = static_cast<std::uint32_t>(sent_ % requests_.size());
      slot.since = plan_.rate > 0 ? due() : now;
      slot.sent = now;
      slot.busy = true;
      prepare(number, count);
    }
    send(count);
  }

  void prepare(std::uint32_t number, std::size_t place) {
    Slot& slot = slots_[number];
    const Bytes& request = requests_[slot.request];
    std::byte* buffer = outgoing_.buffers[place].data();
    std::ranges::copy(request, buffer);
    store_be(++slot.use << kSlotBits | number, buffer + kTransaction);
    outgoing_.parts[place].iov_len = request.size();
  }

  /// What the system does not take counts as lost later.
  void send(std::size_t count) {
    if (count == 0) return;
    const int sent =
        ::sendmmsg(socket_.get(), outgoing_.messages.data(), static_cast<unsigned>(count), 0);
    if (sent < 0 && errno == ECONNREFUSED) throw std::runtime_error("the tracker has ended");
  }

  bool receive_some() {
    const int count =
        ::recvmmsg(socket_.get(), incoming_.messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    const RealTime now = RealClock::now();
    for (int i = 0; i < count; ++i) {
      const auto place = static_cast<std::size_t>(i);
      take(BytesView(incoming_.buffers[place]).first(incoming_.messages[place].msg_len), now);
    }
    return count > 0;
  }

  void take(BytesView reply, RealTime now) {
    ByteReader reader(reply);
    const auto action = static_cast<datagram::Action>(reader.u32());
    const std::uint32_t transaction = reader.u32();
    const std::uint32_t number = transaction & kSlotMask;
    if (!reader.ok() || number >= slots_.size()) return;
    Slot& slot = slots_[number];
    if (!slot.busy || transaction != (slot.use << kSlotBits | number)) return;
    slot.busy = false;
    free_.push_back(number);
    ++result_.answered;
    if (action == datagram::Action::error || action == datagram::Action::refuse) ++result_.refused;
    const auto took = std::chrono::nanoseconds(now - slot.since).count();
    result_.latencies.push_back(static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(took, 0, std::numeric_limits<std::uint32_t>::max())));
  }

  void look_for_losses(RealTime now) {
    look_ = now;
    for (std::uint32_t number = 0; number < slots_.size(); ++number) {
      Slot& slot = slots_[number];
      if (!slot.busy || now - slot.sent < kLostAfter) continue;
      ++result_.lost;
      slot.sent = now;
      prepare(number, 0);
      send(1);
    }
  }

  LoadPlan plan_;
  test::Descriptor socket_;
  std::vector<Bytes> requests_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  Batch outgoing_;
  Batch incoming_;
  RealTime start_;
  RealTime look_;  // when losses were last looked for
  std::uint64_t sent_ = 0;
  LoadResult result_;
};

}  // namespace

double LoadResult::microseconds(double quantile) const {
  if (latencies.empty()) return 0;
  const auto last = static_cast<double>(latencies.size() - 1);
  return latencies[static_cast<std::size_t>(std::lround(quantile * last))] / 1e3;
}

LoadResult run_load(const Endpoint& tracker, std::span<const datagram::Request> requests,
                    const LoadPlan& plan) {
  return Load(tracker, requests, plan).run();
}

}  // namespace shoal::bench
