#include "fleet/others.hpp"

#include <algorithm>

namespace shoal::fleet {

Tracker* Others::heard(Origin origin, std::uint64_t number, Time now) {
  if (!all_.contains(origin)) {
    std::erase_if(all_, [&](const auto& one) { return now - one.second.heard > kForgotten; });
    if (all_.size() >= kMost)
      all_.erase(
          std::ranges::min_element(all_, {}, [](const auto& one) { return one.second.heard; }));
  }
  Tracker& tracker = all_[origin];
  if (number <= tracker.number) return nullptr;
  tracker.number = number;
  tracker.heard = now;
  return &tracker;
}

Tracker* Others::find(Origin origin) {
  const auto found = all_.find(origin);
  return found == all_.end() ? nullptr : &found->second;
}

int Others::place(Origin but, Origin and_but, Time now) const {
  int before = 0;
  for (const auto& [origin, tracker] : all_) {
    if (origin >= self_) break;
    if (origin != but && origin != and_but && now - tracker.heard <= kLiving) ++before;
  }
  return before;
}

Origin Others::to_ask(Time now) const {
  for (const auto& [origin, tracker] : all_)
    if (origin != self_ && tracker.filled && !tracker.asked && now - tracker.heard <= kLiving)
      return origin;
  return kNobody;
}

std::size_t Others::living(Time now) const {
  return static_cast<std::size_t>(std::ranges::count_if(all_, [&](const auto& one) {
    return one.first != self_ && now - one.second.heard <= kLiving;
  }));
}

}  // namespace shoal::fleet
