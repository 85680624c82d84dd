#include <algorithm>
#include <tuple>
#include <utility>

#include "fleet/host_view.hpp"
#include "fleet/replica.hpp"

// What the log says. All trackers apply the same in the same order, so nothing here may depend on
// time, nor on what only this tracker has heard, but where that is repaired afterwards.
namespace shoal::fleet {
namespace {

using datagram::RefuseReason;

constexpr std::size_t kMostStated = 1'000'000;  // files of one host that are kept in mind

Endpoint place_of(const Registered& change) {
  return change.request.said.value_or(Endpoint{change.from, change.request.port});
}

/// An order of contents that all trackers agree on: it decides between two that were granted both.
bool comes_before(const FileInfo& one, const FileInfo& other) {
  return std::tie(one.root, one.length, one.piece_length, one.name) <
         std::tie(other.root, other.length, other.piece_length, other.name);
}

bool is_conflict(const datagram::RefuseReply& refusal) {
  return refusal.reason == RefuseReason::name_taken || refusal.reason == RefuseReason::bad_name;
}

}  // namespace

void Replica::apply(const LogEntry& entry, Time now) {
  const auto batch = decode(entry.bytes);
  if (!batch) {
    ++counts_.unreadable;
    return;
  }
  Tracker* tracker = others_.heard(batch->origin, batch->number, now);
  if (tracker == nullptr) {
    ++counts_.doubled;
    return;
  }
  Reading reading{
      batch->origin, entry.at, batch->as_of, batch->to == self_, *tracker, entry.age, now, {}, 0};
  if (batch->origin == self_) reading.tickets = outbox_.read_back(batch->number);
  const bool meant = batch->to == kNobody || (reading.to_us && filling_.awaits(batch->origin));
  if (reading.to_us && meant) filling_.hear(now);
  if (meant)
    for (const Change& change : batch->changes)
      std::visit([&](const auto& one) { apply(one, reading); }, change);
  read_ = entry.at;
}

void Replica::apply(const Registered& change, Reading& entry) {
  const Endpoint place = place_of(change);
  if (entry.to_us) {
    const Id care = cares_.find(place);
    if (care != kNone && cares_.is_own(care)) return confirm_own(change, place);
    if (filling_.is_behind(place, entry.as_of)) {
      if (auto& telling = entry.telling()) telling->skipped = true;
      return;
    }
  } else {
    const auto& telling = entry.telling();
    const bool told = change.again && telling && telling->host == place;
    if (told && telling->skipped) return;  // of our own host we know more
    filling_.touch(place, entry.at);
  }
  Granted granted = grant(change, entry);
  if (granted) {
    const bool first = cares_.find(*granted) == kNone;
    const Id care = cares_.find_or_add(*granted, entry.now);
    // More of a new host of ours may be under way.
    if (first && entry.origin == self_) cares_[care].changed = outbox_.last();
    if (!change.again)
      cares_.heard(care, entry.origin, entry.now);
    else if (!cares_.is_own(care))
      cares_.heard(care, kNobody, entry.now);
    cares_[care].era = filling_.era();
    const Id swarm = registry_.catalogue().find(change.request.file.name);
    const InfoHash& file = registry_.catalogue()[swarm].info_hash;
    others_.for_each([&](Tracker& tracker) {
      for (auto& telling : tracker.telling)
        if (telling && telling->host == *granted && telling->files.size() < kMostStated)
          telling->files.push_back(file);
    });
  }
  if (change.again || entry.next_ticket >= entry.tickets.size()) return;
  decide(entry.tickets[entry.next_ticket++], std::move(granted), entry.now);
}

Granted Replica::grant(const Registered& change, const Reading& entry) {
  const FileInfo& file = change.request.file;
  const bool was_free = registry_.catalogue().find(file.name) == kNone;
  Granted granted = registry_.register_file(change.request, change.from, entry.now);
  if (!granted && is_conflict(granted.error())) {
    const Id before = holder(registry_, file);
    const bool differs = before != kNone && registry_.catalogue()[before].file != file;
    if (differs && gives_way(before, change, entry)) {
      registry_.forget(before);
      granted = registry_.register_file(change.request, change.from, entry.now);
    }
  }
  if (!granted) return granted;
  if (filling_.done() || entry.to_us)
    names_.confirm(file.name);
  else if (was_free || names_.is_alone(file.name))
    names_.grant_for_now(file.name);
  return granted;
}

bool Replica::gives_way(Id holder, const Registered& change, const Reading& entry) const {
  const FileInfo& held = registry_.catalogue()[holder].file;
  if (names_.is_alone(held.name)) return true;
  if (entry.to_us && names_.is_for_now(held.name)) return true;
  // Both were granted, and a part of the log was lost: one of them has to go, everywhere.
  return change.again && comes_before(change.request.file, held);
}

void Replica::confirm_own(const Registered& change, const Endpoint& host) {
  const Id swarm = registry_.catalogue().find(change.request.file.name);
  if (swarm == kNone || registry_.catalogue()[swarm].file != change.request.file) return;
  if (registration(registry_, host, registry_.catalogue()[swarm].info_hash))
    names_.confirm(change.request.file.name);
}

void Replica::decide(Ticket ticket, Granted granted, Time now) {
  for (; !pending_.empty() && pending_.front().ticket < ticket; pending_.pop_front())
    decided_.push_back({pending_.front().ticket, grant_alone(pending_.front().change, now)});
  if (pending_.empty() || pending_.front().ticket != ticket) return;  // it was granted alone
  decided_.push_back({ticket, std::move(granted)});
  pending_.pop_front();
}

void Replica::apply(const Alive& change, Reading& entry) {
  if (entry.age > kStale) return;
  const Id id = cares_.find_or_add(change.host, entry.now);
  cares_.heard(id, entry.origin, entry.now);
  Care& care = cares_[id];
  care.era = filling_.era();
  if (entry.origin == self_) {
    care.expected = kUnsure;
    return;
  }
  if (change.known == kUnsure || !filling_.done()) return;
  if (fingerprint(registry_, change.host) == change.known) {
    care.expected = kUnsure;
    return;
  }
  const bool in_doubt = care.expected != kUnsure;
  care.expected = change.known;
  care.wanted = 0;
  if (in_doubt) return;
  if (doubts_.size() < kMostDoubts)
    doubts_.push_back({change.host, entry.now + kDoubt});
  else
    care.expected = kUnsure;
}

void Replica::apply(const Withdrawn& change, Reading& entry) {
  const Id care = cares_.find(change.host);
  if (change.silent && entry.origin != self_ && care != kNone && cares_.is_own(care) &&
      cares_[care].deadline > entry.now) {
    // The others took us for dead, and have dropped it: it is told of again.
    statements_.tell(change.host);
    return;
  }
  filling_.touch(change.host, entry.at);
  withdraw(change);
}

void Replica::apply(const Announced& change, Reading& entry) {
  announce(change, entry.now);
}

void Replica::announce(const Announced& change, Time now) {
  datagram::AnnounceRequest request;
  request.info_hash = change.info_hash;
  store_be(change.tag, request.peer_id.bytes.data() + request.peer_id.bytes.size() - 4);
  request.left = change.seeder ? 0 : 1;
  request.event = change.event;
  request.num_want = 0;
  request.port = change.peer.port;
  // Of a refusal its client hears next time, if it is so everywhere.
  (void)registry_.announce(request, change.peer.address, now, unused_);
}

void Replica::apply(const Want& change, Reading& entry) {
  if (entry.origin == self_) return;
  const Id id = cares_.find(change.host);
  if (id == kNone) return;
  if (cares_.is_own(id)) return statements_.tell(change.host);
  if (questions_.size() >= kMostDoubts) return;
  const int before = others_.place(cares_[id].home, entry.origin, entry.now);
  questions_.try_emplace(change.host, change.known, entry.now + kAnswer * (1 + before));
}

void Replica::apply(const WantAll& change, Reading& entry) {
  if (change.of == self_ && entry.origin != self_ && filling_.done())
    statements_.tell_all(entry.origin);
}

void Replica::apply(const Here& change, Reading& entry) {
  entry.tracker.filled = change.filled;
}

void Replica::apply(const Stating& change, Reading& entry) {
  auto& telling = entry.telling();
  telling.emplace(change.host);
  const Id care = cares_.find(change.host);
  const bool own = care != kNone && cares_.is_own(care);
  questions_.erase(change.host);
  telling->skipped = (own && entry.origin != self_) ||
                     (entry.to_us && filling_.is_behind(change.host, entry.as_of));
  if (telling->skipped) return;
  const registry::Host* host = find_host(registry_, change.host);
  if (host == nullptr) return;
  if (host->peer_id != change.peer_id || host->from != change.from || host->proof != change.proof)
    registry_.withdraw(change.host, {});  // somebody else is there now
}

void Replica::apply(const Stated& change, Reading& entry) {
  auto& telling = entry.telling();
  if (!telling || telling->host != change.host) return;
  Statement told = *std::exchange(telling, std::nullopt);
  if (told.skipped || told.files.size() >= kMostStated) return;
  std::ranges::sort(told.files);
  for (const InfoHash& file : files_of(registry_, change.host))
    if (!std::ranges::binary_search(told.files, file)) registry_.withdraw(change.host, file);
}

void Replica::apply(const Filled&, Reading& entry) {
  if (!entry.to_us) return;
  end_untold();
  filling_.finish();
  names_.confirm_for_now();
}

}  // namespace shoal::fleet
