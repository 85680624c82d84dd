#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/clock.hpp"

namespace shoal {

/// How long a download goes on hoping. Pure.
class Patience {
 public:
  enum class Verdict : std::uint8_t {
    go_on,
    tell,        // go on, and say that nothing comes; once for each such time
    left_alone,  // there has been no peer for too long
    ignored,     // there are peers, and nothing has come from them for too long
  };
  /// `wait`: what the user gives it at the least.
  Patience(Duration wait, Time now);
  /// That nothing comes is our own wish: a limit.
  void held_back(Time now) { last_arrival_ = now; }
  /// We were stopped for a while, or busy with what is here already: nobody was waited for.
  void begin_anew(Time now);
  /// `arrived` grows with whatever brings the download on.
  [[nodiscard]] Verdict look(std::size_t peers, std::uint64_t arrived, Time now);

 private:
  Duration wait_;
  Time last_company_;
  Time last_arrival_;
  std::uint64_t arrived_ = 0;
  bool told_ = false;
};

/// How long it is asked where something is, as the user says (`--wait`): real time, for an hour is
/// an hour. But who was stopped meanwhile asks for a moment more, so that answers can come. Pure.
class AskingTime {
 public:
  static constexpr Duration kMoment = std::chrono::seconds(10);

  AskingTime(Duration wait, RealTime now, std::uint64_t gaps) : end_(now + wait), gaps_(gaps) {}

  /// `gaps`: how often the program was stopped so far (Clock::Look).
  [[nodiscard]] bool over(RealTime now, std::uint64_t gaps) {
    if (std::exchange(gaps_, gaps) != gaps) end_ = std::max(end_, now + kMoment);
    return now >= end_;
  }

 private:
  RealTime end_;
  std::uint64_t gaps_;
};

}  // namespace shoal
