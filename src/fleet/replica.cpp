#include "fleet/replica.hpp"

#include <utility>

#include "fleet/host_view.hpp"

// What a tracker hears from clients, and what it publishes of that.
namespace shoal::fleet {
namespace {

/// Who is silent is decided by its home, and said in the log: the registry itself ends no host.
constexpr Duration kNever = std::chrono::hours(24 * 365 * 10);

registry::RegistryOptions without_deadlines(registry::RegistryOptions options) {
  options.host_lifetime = kNever;
  return options;
}

Announced announced(const datagram::AnnounceRequest& request, const IpAddress& from) {
  return {{from, request.port},
          request.info_hash,
          registry::tag_of(request.peer_id),
          request.left == 0,
          request.event};
}

}  // namespace

Replica::Replica(const ReplicaOptions& options, Time now)
    : self_(options.self),
      lifetime_(options.registry.host_lifetime),
      registry_(without_deadlines(options.registry)),
      cares_(self_, options.registry.hash_key, lifetime_, lifetime_ + kHomeGrace),
      outbox_(self_),
      others_(self_),
      names_(options.registry.hash_key),
      filling_(now),
      up_since_(now),
      down_since_(now) {}

// ---- requests

std::variant<Ticket, Granted> Replica::hear(const datagram::RegisterRequest& request,
                                            const IpAddress& from, Time now) {
  Registered change{from, request, false};
  const Ticket ticket = outbox_.add(change);
  const Endpoint host = request.said.value_or(Endpoint{from, request.port});
  if (!up_ || pending_.size() >= kMostPending) {
    Granted granted = grant_alone(change, now);
    if (granted) cares_[cares_.find_or_add(*granted, now)].changed = ticket;
    return granted;
  }
  // Whether the tracker lets it be where it says is decided later. If not, a heartbeat may be told
  // as sure while this is under way; then the host is told of once too often.
  if (const Id care = cares_.find(host); care != kNone) cares_[care].changed = ticket;
  pending_.push_back({ticket, std::move(change), now});
  return ticket;
}

Granted Replica::grant_alone(const Registered& change, Time now) {
  const Id known = registry_.catalogue().find(change.request.file.name);
  const bool fresh = known == kNone || registry_.catalogue()[known].file != change.request.file;
  Granted granted = registry_.register_file(change.request, change.from, now);
  if (!granted) return granted;
  ++counts_.granted_alone;
  if (fresh) names_.grant_alone(change.request.file.name);
  cares_.heard(cares_.find_or_add(*granted, now), self_, now);
  return granted;
}

bool Replica::hear(const datagram::HeartbeatRequest& request, const IpAddress& from, Time now) {
  const auto host =
      registry_.speaker(from, request.port, request.said, request.peer_id, request.proof);
  if (!host) return false;
  const Id care = cares_.find_or_add(*host, now);
  if (!up_ || cares_.is_own(care)) cares_.heard(care, self_, now);
  if (up_ && !is_settled(*host)) {
    // What it says may be right in a moment.
    outbox_.add(Alive{*host, kUnsure});
    return true;
  }
  std::vector<InfoHash> stale;
  const bool known = registry_.compare(*host, request.files, lifetime_ / 2, now, stale);
  if (up_) outbox_.add(Alive{*host, fingerprint(registry_, *host)});
  for (const InfoHash& file : stale) change(*host, Withdrawn{*host, file, false}, now);
  return known;
}

void Replica::hear(const datagram::WithdrawRequest& request, const IpAddress& from, Time now) {
  const auto host =
      registry_.speaker(from, request.port, request.said, request.peer_id, request.proof);
  if (host) change(*host, Withdrawn{*host, request.file, false}, now);
}

Result<void> Replica::hear(const datagram::AnnounceRequest& request, const IpAddress& from,
                           Time now, datagram::AnnounceReply& reply) {
  datagram::AnnounceRequest question = request;
  question.port = 0;  // it is told of peers, and is none of them yet
  if (auto answered = registry_.announce(question, from, now, reply); !answered) return answered;
  if (request.port == 0) return {};
  const Announced change = announced(request, from);
  outbox_.add(change);
  if (!up_) announce(change, now);
  return {};
}

void Replica::change(const Endpoint& host, Change change, Time now) {
  if (const auto* withdrawn = std::get_if<Withdrawn>(&change); !up_ && withdrawn != nullptr)
    withdraw(*withdrawn);
  const Ticket ticket = outbox_.add(std::move(change));
  if (find_host(registry_, host) != nullptr) cares_[cares_.find_or_add(host, now)].changed = ticket;
}

void Replica::withdraw(const Withdrawn& change) {
  registry_.withdraw(change.host, change.file);
  if (change.file) return;
  if (const Id care = cares_.find(change.host); care != kNone) cares_.remove(care);
}

bool Replica::is_settled(const Endpoint& host) const {
  const Id care = cares_.find(host);
  return care == kNone || cares_[care].changed <= outbox_.settled();
}

// ---- the log

void Replica::link_up(bool gap, Time now) {
  if (gap && filling_.done()) lose_track(now);
  filling_.link_up(others_, now);
  if (up_) return;
  up_ = true;
  up_since_ = now;
  const auto own = cares_.own();
  own_to_tell_.assign(own.begin(), own.end());
  told_after_ = outbox_.last();
}

void Replica::link_down(Time now) {
  if (!up_) return;
  up_ = false;
  down_since_ = now;
  filling_.link_down();
  outbox_.forget_unread();
  own_to_tell_.clear();
}

void Replica::tell_own(Time now) {
  constexpr std::size_t kAtATime = 1024;
  const bool settled = outbox_.settled() >= told_after_ || now - up_since_ > kSign;
  while (settled && !own_to_tell_.empty() && outbox_.waiting() < kAtATime) {
    const Endpoint host = own_to_tell_.front();
    own_to_tell_.pop_front();
    const Id care = cares_.find(host);
    if (care == kNone || !cares_.is_own(care) || find_host(registry_, host) == nullptr) continue;
    outbox_.add(Alive{host, is_settled(host) ? fingerprint(registry_, host) : kUnsure});
  }
}

bool Replica::take_told(Bytes& out) {
  if (outbox_.unread_bytes() >= kMostTold) return false;
  Batch batch;
  const auto settled = [this](const Endpoint& host) { return is_settled(host); };
  if (!statements_.take(registry_, settled, batch)) return false;
  if (batch.to != kNobody) batch.as_of = read_;
  outbox_.number(batch, kMaxBatch);
  encode(batch, out);
  return true;
}

bool Replica::take_batch(Bytes& out, Time now) {
  if (!up_) return false;
  if (now - signed_ >= kSign) {
    outbox_.add(Here{filling_.done()});
    signed_ = now;
  }
  tell_own(now);
  // In turns: neither has to wait for the other to have nothing to say.
  told_first_ = !told_first_;
  if (told_first_) return take_told(out) || outbox_.take(out);
  return outbox_.take(out) || take_told(out);
}

ReplicaStatus Replica::status(Time now) const {
  ReplicaStatus status = counts_;
  status.up = up_;
  status.filled = filling_.done();
  status.others = others_.living(now);
  status.waiting = outbox_.waiting();
  status.unconfirmed = names_.alone();
  status.dropped = outbox_.dropped();
  return status;
}

}  // namespace shoal::fleet
