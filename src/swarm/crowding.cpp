#include "swarm/crowding.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace shoal::swarm {

std::optional<ConnectionKey> whom_to_leave(std::span<const Occupant> occupants, Duration patience,
                                           Time now) {
  std::vector<Occupant> idle;
  std::unordered_map<IpAddress, std::size_t> crowds;
  for (const Occupant& one : occupants) {
    if (now - one.useful_at < patience) continue;
    idle.push_back(one);
    ++crowds[one.address];
  }
  if (idle.empty()) return std::nullopt;
  const auto worst = std::ranges::max_element(idle, {}, [&](const Occupant& one) {
    return std::tuple(crowds[one.address], now - one.useful_at);
  });
  return worst->key;
}

}  // namespace shoal::swarm
