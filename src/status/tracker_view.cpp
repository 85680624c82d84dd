#include "status/tracker_view.hpp"

#include <array>

namespace shoal::status {
namespace {

constexpr std::array<std::string_view, kTrackerActions> kActions{
    "connect",   "announce", "scrape", "register", "register_folder",
    "heartbeat", "withdraw", "lookup", "list",     "unknown"};
constexpr std::array<std::string_view, kTrackerDrops> kDrops{"no_request", "wrong_connection_id",
                                                             "not_opened"};

}  // namespace

std::string_view word_of(TrackerAction action) {
  return kActions[static_cast<std::size_t>(action)];
}

std::string_view word_of(TrackerDrop reason) {
  return kDrops[static_cast<std::size_t>(reason)];
}

TrackerHistory::Values history_values(const TrackerStatus& status) {
  TrackerHistory::Values values{};
  const auto at = [&](TrackerColumn column) -> std::uint64_t& {
    return values[static_cast<std::size_t>(column)];
  };
  for (std::size_t i = 0; i < kTrackerActions; ++i) {
    const auto& [v4, v6] = status.counters.requests[i];
    values[i] = v4.answered + v4.refused + v6.answered + v6.refused;
  }
  for (const std::uint64_t dropped : status.counters.dropped) at(TrackerColumn::dropped) += dropped;
  at(TrackerColumn::files) = status.files;
  at(TrackerColumn::seeders) = status.peers.v4.seeders + status.peers.v6.seeders;
  at(TrackerColumn::leechers) = status.peers.v4.leechers + status.peers.v6.leechers;
  return values;
}

}  // namespace shoal::status
