#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "base/clock.hpp"

namespace shoal::discovery {

/// How long to go on asking.
struct Patience {
  Duration total = std::chrono::seconds(10);
  Duration first_retry = std::chrono::milliseconds(500);  ///< BEP 15 says 15 s: too slow for people
};

/// When to send a datagram again: after `first_retry`, then after twice as long each time, at most
/// 15 s, each wait +-20 % so that many clients of a restarted tracker do not call in step. Pure:
/// reads no clock.
class RetrySchedule {
 public:
  static constexpr Duration kLongestWait = std::chrono::seconds(15);

  RetrySchedule(const Patience& patience, Time start, std::uint32_t seed);

  /// When to give up.
  [[nodiscard]] Time deadline() const { return deadline_; }
  /// Called after each send: how long to wait for its answer. Never past deadline(); at deadline(),
  /// give up.
  [[nodiscard]] Time next(Time sent);

 private:
  Time deadline_;
  Duration wait_;
  std::minstd_rand random_;
};

}  // namespace shoal::discovery
