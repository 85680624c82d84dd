#pragma once

#include <cstddef>
#include <cstdint>

#include "torrent/connection_key.hpp"
#include "torrent/peers/crowd.hpp"
#include "torrent/upload/rate_limiter.hpp"
#include "torrent/upload/upload_slots.hpp"

namespace shoal::torrent {

/// What all torrents of a process share: places for connections, upload slots, and the lines in
/// front of the limits. Its owner gives the turns of `up` and `down` to the torrents that they
/// name, after each call to one of them. Outlives them. Pure; one thread.
struct Budget {
  explicit Budget(std::size_t most_connections, std::size_t most_slots = 0)
      : max_connections(most_connections), accepted(most_connections), slots(most_slots) {}

  [[nodiscard]] bool full() const { return connections >= max_connections; }
  [[nodiscard]] ConnectionKey new_key() { return ConnectionKey{++last_key}; }

  std::size_t max_connections;
  std::size_t connections = 0;  ///< made, accepted and being made
  Crowd accepted;               ///< of these, those that came to us
  UploadSlots slots;
  RateLimiter up;
  RateLimiter down;
  bool proves_a_piece = false;  ///< that peers doubt (DiskDoubts): one at a time
  std::uint64_t last_key = 0;
};

}  // namespace shoal::torrent
