#include "torrent/peers/crowding.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace shoal::torrent {
namespace {

constexpr Duration kLost = std::chrono::seconds(5);

}  // namespace

bool new_one_stays(const Twins& twins) {
  // The peer has lost the old one, which it cannot tell us, and is back.
  if (twins.silence >= kLost) return true;
  // Both dialled at once: both keep the connection that the smaller peer id has made.
  return twins.old_dialled != twins.new_dialled && twins.new_dialled == twins.our_id_is_smaller;
}

std::optional<ConnectionKey> whom_to_leave(std::span<const Occupant> occupants, Duration patience,
                                           Time now) {
  std::vector<Occupant> idle;
  std::unordered_map<Party, std::size_t> crowds;
  for (const Occupant& one : occupants) {
    if (now - one.useful_at < patience) continue;
    idle.push_back(one);
    ++crowds[one.party];
  }
  if (idle.empty()) return std::nullopt;
  const auto worst = std::ranges::max_element(idle, {}, [&](const Occupant& one) {
    return std::tuple(crowds[one.party], now - one.useful_at);
  });
  return worst->key;
}

}  // namespace shoal::torrent
