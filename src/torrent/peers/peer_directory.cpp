#include "torrent/peers/peer_directory.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {
namespace {

constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLongestRetry = std::chrono::minutes(2);
constexpr int kMostFailures = 100;  // counted

Duration retry_delay(int failures) {
  const int doublings = std::min(failures, 8) - 1;
  return std::min(kFirstRetry * (1 << doublings), kLongestRetry);
}

/// Null where there is nothing to count.
std::size_t* count_of(KnownPeers& told, PeerTrouble why) {
  switch (why) {
    case PeerTrouble::refused:
      return &told.refused;
    case PeerTrouble::unreachable:
      return &told.unreachable;
    case PeerTrouble::silent:
      return &told.silent;
    case PeerTrouble::no_handshake:
      return &told.no_handshake;
    case PeerTrouble::left:
      return &told.left;
    case PeerTrouble::wrong_data:
      return &told.wrong_data;
    case PeerTrouble::shut_out:
      return &told.shut_out;
    case PeerTrouble::none:
    case PeerTrouble::ourselves:
      break;
  }
  return nullptr;
}

}  // namespace

void PeerDirectory::add(const Endpoint& peer) {
  if (!peers_.contains(peer) && !make_room_for_port(Party::of(peer.address))) return;
  if (Record* record = find_or_add(peer, 1)) record->told_by.reset();
}

/// For another one of that party that a tracker or a link has named.
bool PeerDirectory::make_room_for_port(const Party& party) {
  std::size_t ports = 0;
  auto failed = peers_.end();
  for (auto one = peers_.begin(); one != peers_.end(); ++one) {
    const Record& record = one->second;
    if (record.answered || record.told_by || Party::of(one->first.address) != party) continue;
    ++ports;
    if (record.failures > 0 && may_go(record)) failed = one;
  }
  if (ports < kMostNamedPortsOfAParty) return true;
  if (failed == peers_.end()) return false;
  peers_.erase(failed);
  return true;
}

void PeerDirectory::add_told(const Endpoint& peer, const Party& teller) {
  if (peer.port < kLeastPort || peers_.contains(peer)) return;
  const Party party = Party::of(peer.address);
  std::size_t ports = 0;
  std::size_t of_teller = 0;
  for (const auto& [endpoint, record] : peers_) {
    if (!record.told_by) continue;
    if (Party::of(endpoint.address) == party) ++ports;
    if (*record.told_by == teller) ++of_teller;
  }
  if (ports >= kMostPortsOfAParty || of_teller >= kMostFromATeller) return;
  if (Record* record = find_or_add(peer, 1)) record->told_by = teller;
}

PeerDirectory::Record* PeerDirectory::find_or_add(const Endpoint& peer, int fewest_failures) {
  if (const auto found = peers_.find(peer); found != peers_.end()) return &found->second;
  if (peer.port == 0 || peer.address.is_unspecified()) return nullptr;
  if (peer.address.is_link_local() && peer.scope == 0) return nullptr;  // on a link, but on which?
  if (peers_.size() >= kCapacity && !forget_one(fewest_failures)) return nullptr;
  return &peers_[peer];
}

/// Makes room: the address that has failed most goes.
bool PeerDirectory::forget_one(int fewest_failures) {
  const auto rank = [](const auto& entry) {
    const Record& record = entry.second;
    return may_go(record) ? record.failures : -1;
  };
  const auto worst = std::ranges::max_element(peers_, {}, rank);
  if (rank(*worst) < fewest_failures) return false;
  peers_.erase(worst);
  return true;
}

std::optional<Endpoint> PeerDirectory::next_to_dial(Time now) {
  std::optional<Endpoint> chosen;
  std::uint32_t due = 0;
  for (const auto& [endpoint, record] : peers_) {
    if (!is_due(record, now)) continue;
    if (random_() % ++due == 0) chosen = endpoint;  // each of the due ones with equal chance
  }
  if (chosen) {
    Record& record = peers_[*chosen];
    if (is_first_call(record)) {
      if (now - first_calls_since_ >= std::chrono::seconds(1)) {
        first_calls_since_ = now;
        first_calls_ = 0;
      }
      ++first_calls_;
    }
    record.called = true;
    record.claimed = false;
    record.busy = true;
    record.banned_until = {};
  }
  return chosen;
}

void PeerDirectory::connected(const Endpoint& peer) {
  Record* record = find_or_add(peer, 1);
  if (record == nullptr) return;
  record->busy = true;
  record->trouble = PeerTrouble::none;
  record->answered = true;
  record->told_by.reset();  // it is there, as it has shown
}

void PeerDirectory::claimed(const Endpoint& peer) {
  Record* record = find_or_add(peer, 1);
  if (record == nullptr || std::exchange(record->claimed, true)) return;
  record->busy = true;
  record->trouble = PeerTrouble::none;
}

void PeerDirectory::ended(const Endpoint& peer, bool well, Time now, PeerTrouble why) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  Record& record = found->second;
  record.busy = false;
  if (record.banned_until <= now) record.trouble = why;  // a ban has told already
  record.failures = well ? 1 : std::min(record.failures + 1, kMostFailures);
  record.not_before = now + retry_delay(record.failures);
  // Who was only told and never answers makes room for others that are told.
  const bool never_there = record.told_by && record.failures >= kMostFailuresOfTold;
  if (never_there && record.banned_until <= now) peers_.erase(found);
}

void PeerDirectory::awaits_verdicts(const Endpoint& peer, std::size_t batches) {
  const auto found = peers_.find(peer);
  if (found != peers_.end()) found->second.verdicts += batches;
}

void PeerDirectory::judged(const Endpoint& peer) {
  const auto found = peers_.find(peer);
  if (found != peers_.end() && found->second.verdicts > 0) --found->second.verdicts;
}

void PeerDirectory::start_anew() {
  for (auto& [endpoint, record] : peers_) {
    record.failures = 0;
    record.not_before = {};
  }
}

void PeerDirectory::ban(const Endpoint& peer, Duration duration, Time now, PeerTrouble why) {
  Record* record = find_or_add(peer, 0);
  if (record == nullptr) return;
  record->banned_until = now + duration;
  record->trouble = why;
}

void PeerDirectory::lied(const Endpoint& liar, bool dialled, Duration duration, Time now) {
  if (dialled) ban(liar, duration, now, PeerTrouble::wrong_data);
  std::erase_if(offences_, [&](const auto& entry) { return entry.second.until <= now; });
  const Party party = Party::of(liar.address);
  if (offences_.size() >= kCapacity && !offences_.contains(party)) return;
  auto& offence = offences_.try_emplace(party, Offence{.first = liar, .last = liar}).first->second;
  offence.last = liar;
  offence.until = now + duration;
  if (!dialled && offence.first != liar) offence.banned_until = now + duration;
}

bool PeerDirectory::has_lied(const Endpoint& liar, Time now) const {
  const auto found = offences_.find(Party::of(liar.address));
  if (found == offences_.end() || found->second.until <= now) return banned(liar, now);
  return found->second.first == liar || found->second.last == liar || banned(liar, now);
}

bool PeerDirectory::banned(const Party& party, Time now) const {
  const auto found = offences_.find(party);
  return found != offences_.end() && found->second.banned_until > now;
}

KnownPeers PeerDirectory::known() const {
  KnownPeers told;
  for (const auto& [endpoint, record] : peers_) {
    if (record.trouble == PeerTrouble::ourselves) continue;
    ++told.known;
    if (std::size_t* const count = count_of(told, record.trouble)) ++*count;
  }
  return told;
}

bool PeerDirectory::anybody_due(Time now) const {
  return std::ranges::any_of(peers_, [&](const auto& entry) { return is_due(entry.second, now); });
}

bool PeerDirectory::banned(const Endpoint& peer, Time now) const {
  const auto found = peers_.find(peer);
  return found != peers_.end() && found->second.banned_until > now;
}

}  // namespace shoal::torrent
