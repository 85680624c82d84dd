#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/tracker_status.hpp>

#include "status/history.hpp"
#include "status/offered_page.hpp"

namespace shoal::status {

/// The columns of a tracker's history: requests by action come first.
enum class TrackerColumn : std::uint8_t {
  dropped = kTrackerActions,
  files,
  seeders,
  leechers,
  end
};
using TrackerHistory = History<static_cast<std::size_t>(TrackerColumn::end)>;
[[nodiscard]] TrackerHistory::Values history_values(const TrackerStatus& status);

/// All that is shown of a tracker.
struct TrackerView {
  TrackerStatus status;
  TrackerHistory history;
  OfferedPage offered;
  std::vector<Endpoint> listens;
  std::chrono::milliseconds running{};          ///< since it was started
  std::chrono::system_clock::time_point since;  ///< when that was
  bool closed = false;                          ///< has a key
  bool open = false;                            ///< tracks what nobody has registered
  std::chrono::milliseconds heartbeat{};
  std::chrono::milliseconds timeout{};
};

/// The page's main part, for people: HTML.
[[nodiscard]] std::string tracker_page(const TrackerView& view);
/// /status.json, /metrics. Names are in the first only.
[[nodiscard]] std::string tracker_json(const TrackerView& view);
[[nodiscard]] std::string tracker_metrics(const TrackerView& view);

/// As programs and people read it.
[[nodiscard]] std::string_view word_of(TrackerAction action);
[[nodiscard]] std::string_view word_of(TrackerDrop reason);

}  // namespace shoal::status
