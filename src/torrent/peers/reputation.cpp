#include "torrent/peers/reputation.hpp"

#include <algorithm>

namespace shoal::torrent {

/// Where there is no room, one goes that has sent nothing wrong; null if there is none.
Reputation::Record* Reputation::find_or_add(const Endpoint& sender) {
  if (senders_.size() >= kMostSenders && !senders_.contains(sender)) {
    const auto spotless = std::ranges::find_if(
        senders_, [](const auto& entry) { return entry.second.wrong.empty(); });
    if (spotless == senders_.end()) return nullptr;
    senders_.erase(spotless);
  }
  return &senders_[sender];
}

void Reputation::good(const Endpoint& sender) {
  if (Record* record = find_or_add(sender)) ++record->good;
}

void Reputation::wrong(const Endpoint& sender, PieceIndex piece) {
  wrong_.insert(piece);
  if (Record* record = find_or_add(sender)) ++record->wrong[piece];
}

bool Reputation::is_liar(const Endpoint& sender, std::size_t benefit) const {
  const auto found = senders_.find(sender);
  if (found == senders_.end()) return true;  // there was no room to remember anything good of it
  const auto& [good, wrong] = found->second;
  // Who comes again is asked again for what was wrong, which must not go on for ever.
  const bool never_stops = std::ranges::any_of(
      wrong, [](const auto& piece) { return piece.second > 2 * kMostAttempts; });
  return never_stops || wrong.size() > good + benefit;
}

bool Reputation::sent_wrong(const Endpoint& sender, PieceIndex piece) const {
  const auto found = senders_.find(sender);
  return found != senders_.end() && found->second.wrong.contains(piece);
}

bool Reputation::may_try_again(const Endpoint& sender, PieceIndex piece) const {
  const auto found = senders_.find(sender);
  if (found == senders_.end()) return false;
  const auto times = found->second.wrong.find(piece);
  return times == found->second.wrong.end() || times->second < kMostAttempts;
}

}  // namespace shoal::torrent
