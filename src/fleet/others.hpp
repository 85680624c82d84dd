#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "fleet/change.hpp"

namespace shoal::fleet {

/// What a tracker is telling of a host, as far as it was read.
struct Statement {
  Endpoint host;
  std::vector<InfoHash> files;
  bool skipped = false;  ///< in part or whole: then nothing follows from what was not told
};

/// A tracker that was heard, ourselves included.
struct Tracker {
  std::uint64_t number = 0;  ///< of its last batch
  Time heard;
  bool filled = false;                              ///< it says that it knows what others know
  bool asked = false;                               ///< by us, for everything
  std::array<std::optional<Statement>, 2> telling;  ///< to all; to us
};

/// All trackers that were heard of late, by origin.
class Others {
 public:
  static constexpr Duration kLiving = std::chrono::seconds(5);      ///< without a sign
  static constexpr Duration kForgotten = std::chrono::minutes(30);  ///< without a sign
  static constexpr std::size_t kMost = 256;

  explicit Others(Origin self) : self_(self) {}

  /// A batch came. Null: it was here already.
  [[nodiscard]] Tracker* heard(Origin origin, std::uint64_t number, Time now);
  [[nodiscard]] Tracker* find(Origin origin);

  /// Our place among the living but one, in order of origin: 0 is the first.
  [[nodiscard]] int place(Origin but, Origin and_but, Time now) const;
  /// Somebody who lives, is filled and was not asked yet; kNobody without one.
  [[nodiscard]] Origin to_ask(Time now) const;
  /// How many others live.
  [[nodiscard]] std::size_t living(Time now) const;

  template <class Visit>
  void for_each(Visit&& visit) {
    for (auto& [origin, tracker] : all_) visit(tracker);
  }

 private:
  Origin self_;
  std::map<Origin, Tracker> all_;
};

}  // namespace shoal::fleet
