#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"

namespace shoal::discovery {

/// When to announce one swarm to one tracker, and as which event (BEP 15). Pure.
///
/// The owner takes next(), tells the announce's end by exactly one of answered() and failed(), and
/// looks again then, after completed() and hurry(), and at next_deadline().
class AnnounceSchedule {
 public:
  /// A tracker that names another interval gets the nearest of these.
  static constexpr Duration kShortestInterval = std::chrono::minutes(1);
  static constexpr Duration kLongestInterval = std::chrono::hours(1);
  /// The wait after the first announce that brought no peers; it doubles up to kShortestInterval.
  static constexpr Duration kFirstRetry = std::chrono::seconds(2);
  /// Between announces that hurry() asks for.
  static constexpr Duration kShortestHurry = std::chrono::seconds(15);

  /// `complete`: we have the file from the start, so there is nothing to look for.
  explicit AnnounceSchedule(bool complete = false) : complete_(complete) {}

  /// The event to announce now; nothing when it is too early or an announce is under way.
  [[nodiscard]] std::optional<datagram::AnnounceEvent> next(Time now);
  /// Time::max() while an announce is under way.
  [[nodiscard]] Time next_deadline() const { return under_way_ ? Time::max() : due_; }

  /// The tracker knows us, and named that many peers.
  void answered(std::uint32_t interval_seconds, std::size_t peers, Time now);
  /// It is silent, or does not want this swarm.
  void failed(Time now);

  /// The file is whole: announced at once, once.
  void completed();
  /// There are too few peers: announces before the interval is over.
  void hurry();
  /// We were stopped for a while, and the tracker may have forgotten us: the same.
  void resumed() { due_ = std::min(due_, last_ + kShortestHurry); }

  /// We may be at another address now: announces at once.
  void addresses_changed();

  /// The tracker has heard of us, so it should hear when we leave.
  [[nodiscard]] bool known() const { return known_; }

 private:
  void settle(std::uint32_t interval_seconds, std::size_t peers, Time now);
  void retry(Time now);

  bool complete_;
  bool known_ = false;
  bool completion_due_ = false;
  bool under_way_ = false;
  bool again_ = false;  // the one under way may have come from another address
  datagram::AnnounceEvent sent_ = datagram::AnnounceEvent::none;
  Duration wait_ = kFirstRetry;
  Time due_{};   // at once
  Time last_{};  // when the last one ended
};

}  // namespace shoal::discovery
