#include "tracker/tracker_desk.hpp"

#include <algorithm>
#include <utility>

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

std::optional<secure::SealedTracker> seal_of(const TrackerOptions& options) {
  if (!options.keys) return std::nullopt;
  return std::optional<secure::SealedTracker>(std::in_place, options.keys);
}

}  // namespace

TrackerDesk::TrackerDesk(const TrackerOptions& options)
    : seal_(seal_of(options)), responder_(responder_options(options), secret_for(options)) {}

TrackerClerk::TrackerClerk(TrackerDesk& desk) : desk_(desk) {
  if (desk.seal_) seal_.emplace(desk.seal_->another());
}

void TrackerClerk::open(std::span<const net::Received> datagrams) {
  asked_.clear();
  for (std::size_t i = 0; i < datagrams.size(); ++i) {
    Case& one = cases_[asked_.size()];
    one.datagram = i;
    BytesView plain = datagrams[i].bytes;
    if (seal_) {
      const auto opened = seal_->open(plain);
      if (!opened) continue;
      one.asker = opened->sender;
      one.opened.assign(opened->plain.begin(), opened->plain.end());
      plain = one.opened;
    }
    asked_.push_back({plain, net::from_asio(datagrams[i].from)});
  }
}

TrackerClerk::Answered TrackerClerk::answer(std::span<const net::Received> datagrams, Time now,
                                            std::span<net::Outgoing> replies) {
  open(datagrams);
  Answered answered;
  {
    const std::lock_guard lock(desk_.mutex_);
    desk_.unopened_ += datagrams.size() - asked_.size();
    desk_.responder_.look_ahead(asked_);
    for (std::size_t i = 0; i < asked_.size(); ++i)
      cases_[i].answered =
          desk_.responder_.answer(asked_[i].bytes, asked_[i].from, now, cases_[i].reply);
    answered.next_deadline = desk_.next_deadline();
  }
  for (Case& one : std::span(cases_).first(asked_.size())) {
    if (!one.answered) continue;
    net::Outgoing& out = replies[answered.replies++];
    out.to = datagrams[one.datagram].from;
    out.at = datagrams[one.datagram].at;
    if (seal_)
      seal_->seal(one.asker, one.reply, out.bytes);
    else
      std::swap(out.bytes, one.reply);
  }
  return answered;
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

TrackerStatus TrackerDesk::status() const {
  const std::lock_guard lock(mutex_);
  const registry::Registry& registry = responder_.registry();
  TrackerStatus status;
  status.files = registry.files();
  status.name_bytes = registry.catalogue().name_bytes();
  status.peers = registry.peers_by_role();
  status.counters = responder_.counters();
  status.counters.dropped[static_cast<std::size_t>(TrackerDrop::not_opened)] = unopened_;
  status.responses = responses_.times();
  status.max_files = registry.options().max_files;
  status.max_peers = registry.options().max_peers;
  status.max_per_address = registry.options().max_per_address;
  status.max_name_bytes = registry.options().max_name_bytes;
  return status;
}

std::optional<std::size_t> TrackerDesk::list(std::size_t at, std::vector<TrackedFile>& into) const {
  constexpr registry::Id kAtATime = 1024;
  const std::lock_guard lock(mutex_);
  const auto& swarms = responder_.registry().catalogue().slab();
  if (at >= swarms.end()) return std::nullopt;
  const auto first = static_cast<registry::Id>(at);
  const registry::Id end = first + std::min(kAtATime, swarms.end() - first);
  for (registry::Id id = first; id < end; ++id) {
    const registry::Swarm& one = swarms[id];
    if (one.size() == 0) continue;
    TrackedFile& file = into.emplace_back();
    file.name = one.file.name;
    file.length = one.file.length;
    if (one.file.folder) file.files = one.file.folder->files;
    file.seeders = one.seeders();
    file.leechers = one.leechers();
    file.completed = one.completed;
  }
  if (end == swarms.end()) return std::nullopt;
  return end;
}

}  // namespace shoal
