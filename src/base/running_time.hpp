#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"

namespace shoal {

/// Turns real time into the time that a program has run. A look at the clock adds a second at most:
/// a program that runs looks more often (net::Timer sees to it), so what is longer is time in which
/// it was stopped, or too busy to listen. Pure; `Clock` has the one that counts.
class RunningTime {
 public:
  static constexpr Duration kMostAtOnce = std::chrono::seconds(1);
  /// From here on it is not a slow machine: the others have noticed that we were away.
  static constexpr Duration kGap = std::chrono::seconds(5);

  /// Begins at that time, so that programs of one machine count alike.
  explicit RunningTime(RealTime start) : last_(start), now_(start.time_since_epoch()) {}

  /// Precondition: `real` is not before that of the last look.
  [[nodiscard]] Clock::Look look(RealTime real) {
    const Duration passed = real - last_;
    last_ = real;
    now_ += std::min(passed, kMostAtOnce);
    if (passed >= kGap) ++gaps_;
    return {now_, gaps_};
  }

 private:
  RealTime last_;
  Time now_;
  std::uint64_t gaps_ = 0;
};

}  // namespace shoal
