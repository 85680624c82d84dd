#include <array>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <shoal/tracker.hpp>

#include "net/address.hpp"
#include "net/runtime_impl.hpp"
#include "net/spawn.hpp"
#include "net/udp_socket.hpp"
#include "registry/responder.hpp"
#include "secure/random.hpp"
#include "secure/sealed_talk.hpp"

namespace shoal {
namespace {

/// Room for what comes while a batch is answered; the system may give less.
constexpr int kReceiveBuffer = 8 << 20;

registry::SipKey random_secret() {
  registry::SipKey secret;
  secure::fill_random(secret);
  return secret;
}

registry::ResponderOptions responder_options(const TrackerOptions& options) {
  registry::ResponderOptions out;
  out.heartbeat = options.heartbeat;
  out.timeout = options.timeout;
  out.max_files = options.max_files;
  out.max_peers = options.max_peers;
  out.max_per_address = options.max_per_address;
  out.open = options.open;
  return out;
}

}  // namespace

class Tracker::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Runtime& runtime, const TrackerOptions& options)
      : executor_(runtime.impl().loop.get_executor()),
        responder_(responder_options(options), random_secret()),
        timer_(executor_) {
    if (options.keys) seal_.emplace(options.keys);
    if (options.listen.empty()) {
      throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                              "no address to listen on");
    }
    sockets_.reserve(options.listen.size());
    for (const Endpoint& address : options.listen) {
      sockets_.emplace_back(executor_, address).set_receive_buffer(kReceiveBuffer);
    }
  }

  void start() {
    for (net::UdpSocket& socket : sockets_)
      net::spawn(executor_, serve(shared_from_this(), socket));
    net::spawn(executor_, expire(shared_from_this()));
  }

  void close() {
    closed_ = true;
    for (net::UdpSocket& socket : sockets_) socket.close();
    timer_.cancel();
  }

  [[nodiscard]] std::vector<Endpoint> addresses() const {
    std::vector<Endpoint> all;
    for (const net::UdpSocket& socket : sockets_) all.push_back(socket.local());
    return all;
  }

  [[nodiscard]] TrackerStatistics statistics() const {
    const registry::Registry& registry = responder_.registry();
    return {registry.files(), registry.peers(), responder_.answered(),
            responder_.dropped() + unopened_};
  }

 private:
  static asio::awaitable<void> serve(std::shared_ptr<Impl> self, net::UdpSocket& socket) {
    for (;;) {
      const bool open =
          co_await socket.wait_readable();  // GCC 12 breaks a co_await in the condition of a loop
      if (!open) co_return;
      self->answer_batch(socket);
    }
  }

  void answer_batch(net::UdpSocket& socket) {
    const Time now = Clock::now();
    std::size_t answers = 0;
    for (const net::Received& datagram : socket.receive()) {
      net::Outgoing& reply = replies_[answers];
      if (!answer(datagram, now, reply.bytes)) continue;
      reply.to = datagram.from;
      ++answers;
    }
    socket.send(std::span(replies_).first(answers));
    if (next_deadline() < expires_at_) timer_.cancel();
  }

  [[nodiscard]] bool answer(const net::Received& datagram, Time now, Bytes& reply) {
    const Endpoint from = net::from_asio(datagram.from);
    if (!seal_) return responder_.answer(datagram.bytes, from, now, reply);
    const auto opened = seal_->open(datagram.bytes);
    if (!opened) ++unopened_;
    if (!opened || !responder_.answer(opened->plain, from, now, plain_reply_)) return false;
    seal_->seal(opened->sender, plain_reply_, reply);
    return true;
  }

  /// Forgets who has been silent, also when nobody sends anything.
  static asio::awaitable<void> expire(std::shared_ptr<Impl> self) {
    while (!self->closed_) {
      self->responder_.expire(Clock::now());
      self->expires_at_ = self->next_deadline();
      self->timer_.expires_at(self->expires_at_);
      co_await self->timer_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    }
  }

  [[nodiscard]] Time next_deadline() const {
    return responder_.registry().next_deadline().value_or(Time::max());
  }

  asio::any_io_executor executor_;
  registry::Responder responder_;
  std::optional<secure::SealedTracker> seal_;  // of a closed swarm
  std::uint64_t unopened_ = 0;                 // datagrams
  Bytes plain_reply_;
  std::vector<net::UdpSocket> sockets_;
  std::array<net::Outgoing, net::UdpSocket::kMostBatch> replies_;
  asio::steady_timer timer_;
  Time expires_at_ = Time::max();
  bool closed_ = false;
};

Tracker::Tracker(Runtime& runtime, TrackerOptions options)
    : impl_(std::make_shared<Impl>(runtime, options)) {
  impl_->start();
}

Tracker::~Tracker() {
  if (impl_) impl_->close();
}

Tracker::Tracker(Tracker&&) noexcept = default;

std::vector<Endpoint> Tracker::addresses() const {
  return impl_->addresses();
}

TrackerStatistics Tracker::statistics() const {
  return impl_->statistics();
}

}  // namespace shoal
