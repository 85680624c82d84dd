#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

/// How much may be asked of peers, and how long they are waited for.
namespace shoal::swarm {

inline constexpr std::size_t kStartDepth = 8;  ///< requests before the first block has come
inline constexpr std::size_t kIdleDepth = 2;   ///< requests that an idle peer holds
inline constexpr std::size_t kMaxDepth = 500;  ///< requests to one peer; stock clients ask as many
inline constexpr Duration kSlack = std::chrono::milliseconds(30);   ///< pipelined beyond the RTT
inline constexpr Duration kRttLifetime = std::chrono::seconds(10);  ///< then it is measured anew
inline constexpr Duration kSnubAfter = std::chrono::seconds(10);    ///< without a block: ask others
inline constexpr Duration kDropAfter = std::chrono::seconds(60);    ///< in all: leave the peer

/// A block that is owed for longer than this may be asked of a second peer at the very end, and the
/// peer that owes it is no such second peer itself.
inline constexpr Duration kEndgameAfter = std::chrono::seconds(1);

/// The bound on what is asked of all peers of a swarm together, against many senders that burst
/// into one downlink: half a second of the downlink's rate, as the best second of the last ten
/// showed it. Two blocks a connection are always allowed; complete peers are exempt. Pure.
class RequestBudget {
 public:
  /// Never less than this many blocks (4 MiB), for the rate is unknown at first.
  static constexpr std::size_t kFloor = 256;

  /// A block arrived, from any peer.
  void on_received(Time now);
  /// Blocks that all incomplete peers together may owe us.
  [[nodiscard]] std::size_t limit(Time now) const;
  /// How many more to ask one incomplete peer for that owes us `own` blocks, when all of them owe
  /// `all`.
  [[nodiscard]] std::size_t room(std::size_t own, std::size_t all, Time now) const;

 private:
  struct Second {
    std::int64_t number = -1;
    std::size_t blocks = 0;
  };
  std::array<Second, 10> seconds_;
};

}  // namespace shoal::swarm
