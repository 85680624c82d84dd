#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include <shoal/endpoint.hpp>
#include <shoal/tracker_status.hpp>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "datagram/datagram.hpp"
#include "registry/connection_ids.hpp"
#include "registry/registry.hpp"

namespace shoal::registry {

struct ResponderOptions {
  std::chrono::milliseconds heartbeat = std::chrono::seconds(30);  ///< how often hosts shall call
  std::chrono::milliseconds timeout = std::chrono::seconds(45);    ///< silence that ends a host
  std::chrono::seconds announce_interval{1800};  ///< for BEP 15 clients; 2.2 times that ends them
  std::size_t max_files = 1'000'000;
  std::size_t max_peers = 4'000'000;
  std::size_t max_per_address = 100'000;  ///< 0 = no bound
  bool open = false;                      ///< track info hashes that nobody has registered
  bool closed = false;                    ///< all who ask have the swarm's key
};

/// The tracker but for its sockets: a datagram in, a datagram out. Only requests that carry a valid
/// connection id are answered, apart from connect, whose answer is no longer than itself: so nobody
/// can have the tracker send anything much to an address that is not theirs.
class Responder {
 public:
  /// `secret`: 16 random bytes. With those of an earlier run, the ids it issued stay valid.
  Responder(const ResponderOptions& options, const SipKey& secret);

  /// Replaces `out` with the reply to send to `from`; false: there is none to send. Allocates
  /// nothing for lookups and announces once it has run for a while. A v4-mapped `from` counts as
  /// IPv4.
  [[nodiscard]] bool answer(BytesView datagram, const Endpoint& from, Time now, Bytes& out);

  /// To be called with a batch before its datagrams are answered, which are quicker then.
  void look_ahead(std::span<const Asked> batch) const { registry_.look_ahead(batch); }

  /// To be called now and then; every answer() also does a little of it.
  void expire(Time now) { registry_.expire(now); }
  /// The tracker was stopped for a while: see Registry::spare().
  void resumed(Time now) { registry_.spare(now); }

  [[nodiscard]] const Registry& registry() const { return registry_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] const TrackerCounters& counters() const { return counters_; }

 private:
  /// What there is to know about a request besides its content.
  struct Context {
    const Endpoint& from;
    Time now;
    datagram::TransactionId transaction;
    Bytes& out;
  };

  [[nodiscard]] bool try_answer(BytesView datagram, const Endpoint& from, Time now, Bytes& out);

  void drop(TrackerDrop reason) { ++counters_.dropped[static_cast<std::size_t>(reason)]; }
  /// It was answered with `out`.
  void count(std::uint32_t action, const Endpoint& from, BytesView out);

  void handle(const datagram::ConnectRequest& request, const Context& context);
  void handle(const datagram::AnnounceRequest& request, const Context& context);
  void handle(const datagram::ScrapeRequest& request, const Context& context);
  void handle(const datagram::RegisterRequest& request, const Context& context);
  void handle(const datagram::HeartbeatRequest& request, const Context& context);
  void handle(const datagram::WithdrawRequest& request, const Context& context);
  void handle(const datagram::LookupRequest& request, const Context& context);
  void handle(const datagram::ListRequest& request, const Context& context);

  ConnectionIds ids_;
  Registry registry_;
  datagram::Timing timing_;
  std::uint32_t announce_interval_;
  std::uint64_t answered_ = 0;
  std::uint64_t dropped_ = 0;
  TrackerCounters counters_;
  // Replies with peers, kept for their capacity.
  datagram::ReplyDatagram announce_{{}, datagram::AnnounceReply{}};
  datagram::ReplyDatagram lookup_{{}, datagram::LookupReply{}};
};

}  // namespace shoal::registry
