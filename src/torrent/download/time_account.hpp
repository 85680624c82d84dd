#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <shoal/held_by.hpp>

#include "base/clock.hpp"

namespace shoal::torrent {

/// Time by HeldCause.
using HeldTimes = std::array<Duration, kHeldCauses>;

/// What part of the time between two such accounts went where.
[[nodiscard]] HeldBy parts_of(const HeldTimes& later, const HeldTimes& earlier = {});

/// Where the time of a download goes. Whoever knows what holds it tells whenever that may have
/// changed; until then the time is what was told last. Pure.
class TimeAccount {
 public:
  void goes_on(HeldCause cause, Time now) { change(cause, false, now); }
  /// Blocks wait for a worker, which hashes and writes them: which of the two it is for is told
  /// by stored().
  void goes_on_storing(Time now) { change(HeldCause::disk, true, now); }
  /// Blocks were hashed and written, which took a worker so long.
  void stored(Duration hashing, Duration writing) {
    hashing_ += hashing;
    writing_ += writing;
  }
  /// It is over.
  void stops(Time now);
  /// It was over when it was last told of.
  void stopped() { since_.reset(); }

  [[nodiscard]] HeldTimes times(Time now) const;

 private:
  void change(HeldCause cause, bool storing, Time now);

  HeldTimes times_{};   // without
  Duration storing_{};  // this
  std::optional<Time> since_;
  HeldCause cause_{};
  bool stores_ = false;
  Duration hashing_{};
  Duration writing_{};
};

}  // namespace shoal::torrent
