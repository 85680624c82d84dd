#pragma once

#include <chrono>
#include <cstdint>

namespace shoal {

/// Real time, the hours that a machine sleeps included: for what a person means by "for an hour",
/// and for what others remember of us. It never goes back.
struct RealClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<RealClock>;
  static constexpr bool is_steady = true;

  [[nodiscard]] static time_point now() noexcept;
};
using RealTime = RealClock::time_point;

/// The time that this program has run: RealClock without what passed while it was stopped (Ctrl-Z,
/// a paused container, a laptop that slept). Nobody was silent then: it was us who did not listen.
/// So every deadline is measured by it, and timers are net::Timer (RunningTime says how). Protocol
/// logic never reads it: the shell does, and passes the time in. Any thread may call it.
struct Clock {
  using duration = RealClock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;

  /// How often the program was stopped up to then: whoever sees it grow begins anew.
  struct Look {
    time_point now;
    std::uint64_t gaps = 0;
  };

  [[nodiscard]] static Look look() noexcept;
  [[nodiscard]] static time_point now() noexcept { return look().now; }
};
using Time = Clock::time_point;
using Duration = Clock::duration;

}  // namespace shoal
