#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace shoal::session {

/// Whether a peer takes what it is sent. One that does not keeps memory from others for as long as
/// it likes. Pure; looked at now and then.
class StallWatch {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(10);

  /// `delivered`: bytes that the other end has so far. `waits`: more wait for it. True when it has
  /// taken none for ten seconds, as far as was seen.
  [[nodiscard]] bool stalled(std::uint64_t delivered, bool waits, Time now) {
    if (!waits || delivered != delivered_ || !waited_) since_ = now;
    delivered_ = delivered;
    waited_ = waits;
    return waits && now - since_ >= kPatience;
  }

 private:
  std::uint64_t delivered_ = 0;
  bool waited_ = false;
  Time since_{};
};

}  // namespace shoal::session
