#pragma once

#include <algorithm>
#include <chrono>

#include <asio/basic_waitable_timer.hpp>

#include "base/clock.hpp"

/// Asio sleeps by a clock that may not be the timer's, so it wakes up to look: often enough for
/// RunningTime to know that the program runs, and for a machine's sleep to be noticed soon.
template <>
struct asio::wait_traits<shoal::Clock> {
  static constexpr shoal::Duration kLookAgain = std::chrono::milliseconds(500);

  static shoal::Duration to_wait_duration(const shoal::Duration& left) {
    return std::min(left, kLookAgain);
  }
  static shoal::Duration to_wait_duration(const shoal::Time& until) {
    return to_wait_duration(until - shoal::Clock::now());
  }
};

template <>
struct asio::wait_traits<shoal::RealClock> {
  static shoal::Duration to_wait_duration(const shoal::Duration& left) {
    return std::min(left, asio::wait_traits<shoal::Clock>::kLookAgain);
  }
  static shoal::Duration to_wait_duration(const shoal::RealTime& until) {
    return to_wait_duration(until - shoal::RealClock::now());
  }
};

namespace shoal::net {

/// For deadlines: what passes while the program is stopped is left out. (asio::steady_timer does
/// for a moment's sleep, after which one looks again.)
using Timer = asio::basic_waitable_timer<Clock>;
/// For what a person has asked for: an hour is over after an hour, whatever happens meanwhile.
using RealTimer = asio::basic_waitable_timer<RealClock>;

}  // namespace shoal::net
