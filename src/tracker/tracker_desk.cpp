#include "tracker/tracker_desk.hpp"

#include "net/address.hpp"
#include "tracker/tracker_secret.hpp"

namespace shoal {
namespace {

/// In a closed swarm, where no stock client comes, a datagram recorded before a restart shall be
/// worthless.
registry::SipKey secret_for(const TrackerOptions& options) {
  const bool kept = !options.keys && !options.cache_directory.empty();
  return kept ? kept_secret(options.cache_directory) : random_secret();
}

registry::ResponderOptions responder_options(const TrackerOptions& options) {
  registry::ResponderOptions out;
  out.heartbeat = options.heartbeat;
  out.timeout = options.timeout;
  out.max_files = options.max_files;
  out.max_peers = options.max_peers;
  out.max_per_address = options.max_per_address;
  out.open = options.open;
  out.closed = bool{options.keys};
  return out;
}

}  // namespace

TrackerDesk::TrackerDesk(const TrackerOptions& options)
    : responder_(responder_options(options), secret_for(options)) {
  if (options.keys) seal_.emplace(options.keys);
}

TrackerDesk::Answered TrackerDesk::answer(std::span<const net::Received> datagrams, Time now,
                                          std::span<net::Outgoing> replies) {
  const std::lock_guard lock(mutex_);
  asked_.clear();
  for (const net::Received& datagram : datagrams)
    asked_.push_back({datagram.bytes, net::from_asio(datagram.from)});
  if (!seal_) responder_.look_ahead(asked_);
  std::size_t answers = 0;
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    net::Outgoing& reply = replies[answers];
    if (!answer(asked_[i], now, reply.bytes)) continue;
    reply.to = datagrams[i].from;
    reply.at = datagrams[i].at;
    ++answers;
  }
  return {answers, next_deadline()};
}

bool TrackerDesk::answer(const registry::Asked& asked, Time now, Bytes& reply) {
  if (!seal_) return responder_.answer(asked.bytes, asked.from, now, reply);
  const auto opened = seal_->open(asked.bytes);
  if (!opened) ++unopened_;
  if (!opened || !responder_.answer(opened->plain, asked.from, now, plain_reply_)) return false;
  seal_->seal(opened->sender, plain_reply_, reply);
  return true;
}

Time TrackerDesk::expire(Time now) {
  const std::lock_guard lock(mutex_);
  responder_.expire(now);
  return next_deadline();
}

void TrackerDesk::resumed(Time now) {
  const std::lock_guard lock(mutex_);
  responder_.resumed(now);
}

Time TrackerDesk::next_deadline() const {
  return responder_.registry().next_deadline().value_or(Time::max());
}

TrackerStatistics TrackerDesk::statistics() const {
  const std::lock_guard lock(mutex_);
  const registry::Registry& registry = responder_.registry();
  return {registry.files(), registry.peers(), responder_.answered(),
          responder_.dropped() + unopened_};
}

}  // namespace shoal
