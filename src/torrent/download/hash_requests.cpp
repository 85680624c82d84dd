#include "torrent/download/hash_requests.hpp"

#include <algorithm>

namespace shoal::torrent {
namespace {

constexpr std::size_t kOpenPerPeer = 2;                  // as libtorrent does (notes, section 5)
constexpr Duration kPatience = std::chrono::seconds(3);  // after that, somebody else is asked
constexpr Duration kRest = std::chrono::seconds(3);      // for a peer that rejected
// By so much others come first for each request that a peer let pass; more than a tick.
constexpr Duration kPrecedence = std::chrono::milliseconds(300);
constexpr int kMostMissed = 5;
constexpr int kContested = 4;  // so often let pass, a request goes to everybody

}  // namespace

bool HashRequests::wants(const Request& request) const {
  const auto found = wanted_.find(key_of(request));
  return found != wanted_.end() && found->second.request == request;
}

bool HashRequests::has_enough(ConnectionKey peer, Time now) const {
  const auto known = peers_.find(peer);
  if (known != peers_.end() && now < known->second.rests_until) return true;
  const auto open = std::ranges::count_if(wanted_, [&](const auto& entry) {
    return entry.second.asked == peer && now - entry.second.asked_at < kPatience;
  });
  return static_cast<std::size_t>(open) >= kOpenPerPeer;
}

bool HashRequests::may_ask(ConnectionKey peer, const Wanted& wanted, Time now) const {
  const auto known = peers_.find(peer);
  if (wanted.missed >= kContested) {
    return known == peers_.end() || now - known->second.asked_at >= kPatience;
  }
  if (!wanted.asked) return true;
  // A request of its own that it lets pass counts already.
  const int missed = (known == peers_.end() ? 0 : known->second.missed) + (wanted.asked == peer);
  return now - wanted.asked_at >= kPatience + std::min(missed, kMostMissed) * kPrecedence;
}

void HashRequests::mark(ConnectionKey peer, Wanted& wanted, Time now) {
  if (wanted.asked) {
    ++peers_[*wanted.asked].missed;
    ++wanted.missed;
  }
  wanted.asked = peer;
  wanted.asked_at = now;
  peers_[peer].asked_at = now;
}

void HashRequests::answered(ConnectionKey peer, const Request& request) {
  wanted_.erase(key_of(request));
  peers_.erase(peer);
}

void HashRequests::answered_wrongly(ConnectionKey peer, const Request& request) {
  const auto found = wanted_.find(key_of(request));
  if (found != wanted_.end() && found->second.asked == peer) found->second.asked.reset();
}

void HashRequests::rejected(ConnectionKey peer, const Request& request, Time now) {
  if (!wants(request)) return;
  Wanted& wanted = wanted_.at(key_of(request));
  if (wanted.asked != peer) return;
  wanted.asked.reset();
  peers_[peer].rests_until = now + kRest;
}

void HashRequests::gone(ConnectionKey peer) {
  for (auto& [index, wanted] : wanted_) {
    if (wanted.asked != peer) continue;
    wanted.asked.reset();
    ++wanted.missed;
  }
  peers_.erase(peer);
}

}  // namespace shoal::torrent
