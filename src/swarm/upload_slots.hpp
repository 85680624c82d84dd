#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <vector>

#include "base/clock.hpp"
#include "swarm/connection_key.hpp"

namespace shoal::swarm {

/// Whom we serve where only so many may be served at a time; the others are choked. One for all
/// swarms of a process. Who waits gets a slot as soon as one is free, and one whose turn is over
/// gives it up to who has waited longest: so nobody starves. Without a limit everybody is served.
/// Pure.
class UploadSlots {
 public:
  /// 0 = no limit.
  explicit UploadSlots(std::size_t most = 0) : most_(most) {}
  [[nodiscard]] bool limited() const { return most_ != 0; }

  /// Nothing happens when it wants one already.
  void wants(ConnectionKey who, Time now);
  /// It wants none any more, or is gone.
  void leaves(ConnectionKey who, Time now);
  /// Whose turn is over makes room for who waits. Called a few times a second.
  void rotate(Time now);
  [[nodiscard]] bool holds(ConnectionKey who) const;

 private:
  struct Holder {
    ConnectionKey who;
    Time since;
  };
  void fill(Time now);

  std::size_t most_;
  std::deque<Holder> holders_;         // the longest first
  std::deque<ConnectionKey> waiting_;  // the longest first
};

}  // namespace shoal::swarm
