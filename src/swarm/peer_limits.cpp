#include "swarm/peer_limits.hpp"

#include <algorithm>

namespace shoal::swarm {
namespace {

std::int64_t second_of(Time now) {
  return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace

void RequestBudget::on_received(Time now) {
  const std::int64_t number = second_of(now);
  Second& second = seconds_[static_cast<std::size_t>(number) % seconds_.size()];
  if (second.number != number) second = {number, 0};
  ++second.blocks;
}

std::size_t RequestBudget::limit(Time now) const {
  const std::int64_t oldest = second_of(now) - static_cast<std::int64_t>(seconds_.size()) + 1;
  std::size_t best = 0;
  for (const Second& second : seconds_) {
    if (second.number >= oldest) best = std::max(best, second.blocks);
  }
  return std::max(kFloor, best / 2);
}

std::size_t RequestBudget::room(std::size_t own, std::size_t all, Time now) const {
  const std::size_t bound = limit(now);
  const std::size_t shared = all < bound ? bound - all : 0;
  const std::size_t always = own < kIdleDepth ? kIdleDepth - own : 0;
  return std::max(shared, always);
}

}  // namespace shoal::swarm
