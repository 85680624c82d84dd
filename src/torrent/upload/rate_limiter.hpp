#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "base/clock.hpp"
#include "torrent/connection_key.hpp"

namespace shoal::torrent {

/// So many bytes a second for all connections together, and whose turn it is: a token bucket with a
/// line in front. A turn is at least a block and about 5 ms of the rate; who wants more lines up
/// again. Files have turns one after the other, and so have the connections of each: those files
/// that somebody waits for get equal shares, however many do. Unused allowance lasts 50 ms, so no
/// burst is longer. Pure.
class RateLimiter {
 public:
  struct Turn {
    ConnectionKey who;
    SwarmKey file;
    std::uint64_t bytes;  ///< at most; a multiple of a block
  };

  /// 0 = no limit: everybody in the line has a turn at once. What was spent already is remembered.
  void set_rate(std::uint64_t bytes_per_second, Time now);
  [[nodiscard]] bool limited() const { return rate_ != 0; }

  /// At the end of its file's line; nothing happens when it waits already.
  void line_up(ConnectionKey who, SwarmKey file);
  void step_out(ConnectionKey who);
  [[nodiscard]] bool waits(ConnectionKey who) const { return waiting_.contains(who); }

  [[nodiscard]] bool anybody_waits() const { return !waiting_.empty(); }

  /// Who may move bytes now, if anybody; it is out of the line then. spend() comes before the next
  /// call.
  [[nodiscard]] std::optional<Turn> next(Time now);
  /// What was made of a turn.
  void spend(std::uint64_t bytes, Time now);
  /// What was spent and will not move after all.
  void give_back(std::uint64_t bytes);
  /// When next() will name somebody; nothing while nobody waits.
  [[nodiscard]] std::optional<Time> next_turn_at() const;

 private:
  [[nodiscard]] Duration time_for(std::uint64_t bytes) const;
  [[nodiscard]] std::uint64_t turn_bytes() const;

  std::uint64_t rate_ = 0;
  Time paid_until_{};  // when everything spent so far has been paid for
  struct Line {
    SwarmKey file;
    std::deque<ConnectionKey> waiting;  // never empty
  };
  std::deque<Line> lines_;                               // the file whose turn it is in front
  std::unordered_map<ConnectionKey, SwarmKey> waiting_;  // everybody in them
};

}  // namespace shoal::torrent
