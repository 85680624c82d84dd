#include "session/greetings.hpp"

#include <algorithm>

namespace shoal::session {

std::optional<Greetings::Key> Greetings::make_room(std::size_t descriptor, std::size_t connected) {
  const std::size_t here = connected + greeting_;
  const bool last = descriptor + bounds_.spare >= bounds_.descriptors;
  if (last) most_here_ = std::min(here, most_here_.value_or(here));
  if (most_here_ && here < *most_here_ / 2) most_here_.reset();
  const bool scarce = most_here_ && here >= *most_here_;
  if (!scarce && greeting_ < std::max(kFewest, bounds_.connections)) return std::nullopt;

  const auto rank = [&](const auto& entry) {
    return entry.second.leaves ? 0 : crowds_.at(entry.second.party);
  };
  const auto found = std::ranges::max_element(guests_, {}, rank);  // the first one of the greatest
  if (found == guests_.end() || found->second.leaves) return std::nullopt;
  let_go(found->second);
  return found->first;
}

std::size_t Greetings::most_connected() const {
  return std::min(bounds_.connections, most_here_.value_or(bounds_.connections));
}

Greetings::Key Greetings::enter(const Party& party, Time now) {
  const Key key{++last_key_};
  guests_.emplace_hint(guests_.end(), key, Guest{party, now});
  ++crowds_[party];
  ++greeting_;
  return key;
}

void Greetings::leave(Key key) {
  const auto found = guests_.find(key);
  if (found == guests_.end()) return;
  if (!found->second.leaves) let_go(found->second);
  guests_.erase(found);
}

void Greetings::let_go(Guest& guest) {
  guest.leaves = true;
  --greeting_;
  const auto crowd = crowds_.find(guest.party);
  if (--crowd->second == 0) crowds_.erase(crowd);
}

std::vector<Greetings::Key> Greetings::overdue(Time now) {
  std::vector<Key> keys;
  for (auto& [key, guest] : guests_) {
    if (now - guest.since < kTime) break;
    if (guest.leaves) continue;
    let_go(guest);
    keys.push_back(key);
  }
  return keys;
}

std::optional<Time> Greetings::next_deadline() const {
  for (const auto& [key, guest] : guests_)
    if (!guest.leaves) return guest.since + kTime;
  return std::nullopt;
}

}  // namespace shoal::session
