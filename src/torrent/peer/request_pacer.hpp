#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "torrent/peer_limits.hpp"

namespace shoal::torrent {

/// How many blocks to have asked of one peer, and how long to wait for them. Pure; one a
/// connection. Depth = 2 + the blocks that came in the last (RTT + 30 ms): it doubles with every
/// round trip while the peer keeps up, and a peer that sends nothing holds two stale requests.
class RequestPacer {
 public:
  /// The peer told how many requests it queues (reqq, BEP 10). At least one is asked all the same.
  void limit_to(std::size_t peer_queue);

  void on_requested(std::size_t blocks, Time now);
  /// A block that is owed came. One that was cancelled before and comes all the same is not told.
  void on_received(Time now);
  /// The peer will not answer that many requests (reject, choke): a sign of life.
  void on_rejected(std::size_t blocks, Time now);
  /// We do not want that many any more (endgame).
  void on_cancelled(std::size_t blocks);

  [[nodiscard]] std::size_t outstanding() const { return outstanding_; }
  [[nodiscard]] std::size_t depth(Time now);
  /// How many more to ask for.
  [[nodiscard]] std::size_t room(Time now);
  /// The shortest time from request to block of the last ten seconds. A request that was made
  /// behind others tells their time in the queue too, so it may only lower what is known: measured
  /// behind our own queue, the RTT and thus the queue would grow for ever.
  [[nodiscard]] std::optional<Duration> rtt() const { return rtt_; }

  enum class Verdict {
    fine,
    snub,  ///< 10 s without a block that is owed: take the blocks back (cancel them, let others
           ///< have them), then call snub()
    drop,  ///< 60 s: leave the peer
  };
  [[nodiscard]] Verdict verdict(Time now) const;
  /// False when nothing came for over a second although something was owed, until a block or a
  /// reject comes; that we cancelled what was owed changes nothing. Two peers that hang must not be
  /// each other's second in the endgame.
  [[nodiscard]] bool answers(Time now) const;
  /// Nothing is outstanding any more; the depth is 1 until a block comes.
  void snub();
  /// We were stopped for a while: waits anew for what is owed.
  void resumed(Time now);
  [[nodiscard]] bool snubbed() const { return snubbed_; }
  /// When verdict() will have something to say; nothing while the peer owes nothing.
  [[nodiscard]] std::optional<Time> next_deadline() const;

 private:
  static constexpr Duration kTick = std::chrono::milliseconds(4);
  static constexpr std::int64_t kTicks = 256;  // an RTT beyond a second counts as one

  struct Probe {
    Time asked;
    std::size_t ahead;  // requests before it that are not answered yet; answers come in order
    bool alone;         // at most one was ahead when it was made
  };

  void alive(Time now);
  void advance(Time now);
  void measured(Duration sample, bool alone, Time now);

  std::size_t limit_ = kMaxDepth;
  std::size_t outstanding_ = 0;
  Time waiting_since_;               // while something is outstanding: since the last sign of life
  std::optional<Time> owing_since_;  // the same, but it outlives cancels
  bool snubbed_ = false;

  std::optional<Probe> probe_;
  std::optional<Duration> rtt_;
  Time rtt_measured_;

  std::array<std::uint32_t, kTicks> received_{};  // blocks in each tick, a ring
  std::int64_t first_tick_ = 0;                   // the window is [first_tick_, last_tick_]
  std::int64_t last_tick_ = -1;
  std::size_t recent_ = 0;  // blocks in the window
};

}  // namespace shoal::torrent
