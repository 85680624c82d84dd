#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

/// How much may be asked of peers, and how long they are waited for.
namespace shoal::torrent {

inline constexpr std::size_t kStartDepth = 8;  ///< requests before the first block has come
inline constexpr std::size_t kIdleDepth =
    2;  ///< requests that an idle peer holds; under a limit, one that is new
inline constexpr std::size_t kMaxDepth = 500;  ///< requests to one peer; stock clients ask as many
inline constexpr Duration kSlack = std::chrono::milliseconds(30);   ///< pipelined beyond the RTT
inline constexpr Duration kRttLifetime = std::chrono::seconds(10);  ///< then it is measured anew
inline constexpr Duration kSnubAfter = std::chrono::seconds(10);    ///< without a block: ask others
inline constexpr Duration kDropAfter = std::chrono::seconds(60);    ///< in all: leave the peer

/// How long a have may wait at most for others to go out with (HaveWait).
inline constexpr Duration kHaveWait = std::chrono::milliseconds(100);

/// Bytes of blocks that are being written to all peers of a process together, beyond which each has
/// but a few in hand: those who ask and do not read take no more than that.
inline constexpr std::size_t kMostBeingWritten = 64uz << 20;
inline constexpr std::size_t kAlwaysBlocks = 4;  ///< 64 KiB

/// A block that is owed for longer than this may be asked of a second peer at the very end (of more
/// after twice as long each), and the peer that owes it is no such second peer itself.
inline constexpr Duration kEndgameAfter = std::chrono::seconds(1);

}  // namespace shoal::torrent
