#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "torrent/connection_key.hpp"
#include "torrent/line_watch.hpp"
#include "torrent/peers/places.hpp"
#include "torrent/upload/leaf_desk.hpp"
#include "torrent/upload/rate_limiter.hpp"
#include "torrent/upload/upload_slots.hpp"

namespace shoal::torrent {

/// Bytes of blocks, of all torrents that there were.
struct Moved {
  std::uint64_t received = 0;  ///< and stored, proven or not
  std::uint64_t proven = 0;    ///< of these
  std::uint64_t wrong = 0;     ///< of pieces that were not what they should be
  std::uint64_t sent = 0;
};

/// What all torrents of a process share: places for connections, upload slots, and the lines in
/// front of the limits. After each call to one of them its owner gives the turns of `up` and `down`
/// to the torrents that they name, has those that `to_leave` names make room, and has the piece
/// hashed that `leaves` names (Torrent::on_leaves()). Outlives them.
/// Pure; one thread.
struct Budget {
  explicit Budget(std::size_t most_connections, std::size_t most_slots = 0)
      : places(most_connections), slots(most_slots) {}

  [[nodiscard]] ConnectionKey new_key() { return ConnectionKey{++last_key}; }

  Places places;
  std::vector<std::pair<SwarmKey, ConnectionKey>> to_leave;  ///< Torrent::make_room()
  UploadSlots slots;
  RateLimiter up;
  RateLimiter down;
  LeafDesk leaves;
  Moved moved;
  LineWatch line;
  std::size_t being_written = 0;  ///< bytes of blocks, to all connections: kMostBeingWritten
  bool proves_a_piece = false;    ///< that peers doubt (DiskDoubts): one at a time
  std::uint64_t last_key = 0;
};

}  // namespace shoal::torrent
