#include "torrent/peers/places.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <vector>

namespace shoal::torrent {
namespace {

/// How many places each party and each network has of these.
class Crowds {
 public:
  explicit Crowds(std::span<Place* const> places) {
    for (const Place* one : places) {
      ++parties_[one->party];
      ++networks_[one->party.network()];
    }
  }
  [[nodiscard]] std::size_t of_party(const Party& party) const { return count(parties_, party); }
  [[nodiscard]] std::size_t of_network(const Party& party) const {
    return count(networks_, party.network());
  }

 private:
  using Counts = std::unordered_map<Party, std::size_t>;
  static std::size_t count(const Counts& counts, const Party& party) {
    const auto found = counts.find(party);
    return found == counts.end() ? 0 : found->second;
  }
  Counts parties_;
  Counts networks_;
};

/// Of the largest crowd among them the one of least use, and of several the one that came first.
Place* least_useful(std::span<Place* const> places, const Crowds& crowds, Time now) {
  const auto rank = [&](const Place* one) {
    return std::tuple(crowds.of_party(one->party), crowds.of_network(one->party),
                      ~one->use.lately(now), now - one->since);
  };
  const auto found = std::ranges::max_element(places, {}, rank);
  return found == places.end() ? nullptr : *found;
}

bool is_idle(const Place& place, Time now) {
  return !place.held_back && now - place.since >= Places::kTrial &&
         place.use.lately(now) < Places::kLeastUse;
}

}  // namespace

std::size_t Places::most_of_a_party() const {
  return std::max<std::size_t>(most_ - most_ / 10, 1);
}

bool Places::has_all_it_may(const Party& party) const {
  const auto found = accepted_.find(party);
  return found != accepted_.end() && found->second >= most_of_a_party();
}

bool Places::has_room_for(const Party& newcomer) const {
  return taken() < most_ && !has_all_it_may(newcomer);
}

Place* Places::whom_to_leave(const Party& newcomer, Time now) {
  const bool only_its_own = has_all_it_may(newcomer);
  std::vector<Place*> all;
  std::vector<Place*> idle;
  for (auto& [key, place] : places_) {
    if (place.leaving || (only_its_own && place.party != newcomer)) continue;
    all.push_back(&place);
    if (is_idle(place, now)) idle.push_back(&place);
  }
  if (!idle.empty()) return least_useful(idle, Crowds(idle), now);

  const Crowds crowds(all);
  Place* const least = least_useful(all, crowds, now);
  if (least == nullptr) return nullptr;
  const std::size_t more = crowds.of_party(least->party);
  const std::size_t fewer = crowds.of_party(newcomer);
  const bool crowded = crowds.of_network(least->party) > crowds.of_network(newcomer) + 1;
  return more > fewer + 1 || (more > fewer && crowded) ? least : nullptr;
}

Place& Places::enter(const Place& place) {
  if (place.accepted) ++accepted_[place.party];
  return places_.emplace(place.key, place).first->second;
}

void Places::leave(const Place& place) {
  if (place.accepted) {
    const auto party = accepted_.find(place.party);
    if (--party->second == 0) accepted_.erase(party);
  }
  places_.erase(place.key);
}

}  // namespace shoal::torrent
