#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/session_status.hpp>
#include <shoal/tracker.hpp>

#include "base/clock.hpp"

/// How a program that serves others stands, in the few words of a line that lives. Pure: what is
/// said is printable, and what matters most is said first.
namespace shoal::cli {

/// How fast a number grows, over the last seconds.
class Growth {
 public:
  /// A second; 0 before it was looked at twice. Precondition: neither ever falls.
  double look(std::uint64_t number, Time now);

 private:
  static constexpr std::size_t kMost = 4;  // looks

  struct Look {
    std::uint64_t number = 0;
    Time at;
  };
  std::deque<Look> looks_;
};

/// Of a seeder, or of a leecher that has become one.
class SessionStanding {
 public:
  /// `totals`: see Seeder::totals(). Nothing while nothing is shared.
  [[nodiscard]] std::vector<std::string> look(const SessionStatus& totals, Time now);

 private:
  Growth sent_;
};

class TrackerStanding {
 public:
  [[nodiscard]] std::vector<std::string> look(const TrackerStatistics& statistics, Time now);

 private:
  Growth answered_;
};

/// As many of the first facts as there is room for, in a line that leaves the last column free.
[[nodiscard]] std::string standing_line(std::span<const std::string> facts, std::size_t width);

}  // namespace shoal::cli
