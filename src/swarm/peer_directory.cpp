#include "swarm/peer_directory.hpp"

#include <algorithm>

namespace shoal::swarm {
namespace {

constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLongestRetry = std::chrono::minutes(2);

Duration retry_delay(std::uint32_t failures) {
  const std::uint32_t doublings = std::min(failures, 8u) - 1;
  return std::min(kFirstRetry * (1 << doublings), kLongestRetry);
}

}  // namespace

void PeerDirectory::add(const Endpoint& peer) {
  if (peer.port == 0 || peer.address.is_unspecified() || peers_.contains(peer)) return;
  if (peers_.size() >= kCapacity) {
    const auto worst = std::ranges::max_element(peers_, {}, [](const auto& entry) {
      return entry.second.busy ? 0u : entry.second.failures;
    });
    if (worst->second.busy || worst->second.failures == 0) return;
    peers_.erase(worst);
  }
  peers_.emplace(peer, Record{});
}

std::optional<Endpoint> PeerDirectory::next_to_dial(Time now) {
  std::optional<Endpoint> chosen;
  std::uint32_t due = 0;
  for (const auto& [endpoint, record] : peers_) {
    if (record.busy || record.not_before > now || record.banned_until > now) continue;
    if (random_() % ++due == 0) chosen = endpoint;  // each of the due ones with equal chance
  }
  if (chosen) peers_[*chosen].busy = true;
  return chosen;
}

void PeerDirectory::connected(const Endpoint& peer) {
  add(peer);
  if (const auto found = peers_.find(peer); found != peers_.end()) found->second.busy = true;
}

void PeerDirectory::ended(const Endpoint& peer, bool well, Time now) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  Record& record = found->second;
  record.busy = false;
  record.failures = well ? 1 : record.failures + 1;
  record.not_before = now + retry_delay(record.failures);
}

void PeerDirectory::ban(const Endpoint& peer, Duration duration, Time now) {
  add(peer);
  if (const auto found = peers_.find(peer); found != peers_.end()) {
    found->second.banned_until = now + duration;
  }
}

bool PeerDirectory::banned(const Endpoint& peer, Time now) const {
  const auto found = peers_.find(peer);
  return found != peers_.end() && found->second.banned_until > now;
}

std::optional<Time> PeerDirectory::next_deadline() const {
  std::optional<Time> earliest;
  for (const auto& [endpoint, record] : peers_) {
    if (record.busy) continue;
    const Time due = std::max(record.not_before, record.banned_until);
    if (!earliest || due < *earliest) earliest = due;
  }
  return earliest;
}

}  // namespace shoal::swarm
