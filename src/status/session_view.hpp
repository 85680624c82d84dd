#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/session_status.hpp>

#include "status/durations.hpp"
#include "status/history.hpp"

namespace shoal::status {

enum class SessionColumn : std::uint8_t { received, sent, connections, end };
using SessionHistory = History<static_cast<std::size_t>(SessionColumn::end)>;

/// Something that was told to people.
struct LogLine {
  std::chrono::system_clock::time_point at;
  std::string text;  ///< printable
};
inline constexpr std::size_t kMostLogLines = 100;

/// All that is shown of a seeder or a leecher.
struct SessionView {
  std::string_view program;  ///< "seeder" or "leecher"
  SessionStatus status;
  SessionHistory history;
  DownloadDurations downloads;
  std::deque<LogLine> log;              ///< the newest first; at most kMostLogLines
  std::chrono::milliseconds running{};  ///< since it was started
  std::chrono::system_clock::time_point since;
  bool closed = false;  ///< has a key
};

/// The page's main part, for people: HTML.
[[nodiscard]] std::string session_page(const SessionView& view);
/// /status.json, /metrics. Names are in the first only.
[[nodiscard]] std::string session_json(const SessionView& view);
[[nodiscard]] std::string session_metrics(const SessionView& view);

}  // namespace shoal::status
