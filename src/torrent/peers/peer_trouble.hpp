#pragma once

#include <cstdint>

namespace shoal::torrent {

/// Why an address of a peer is not connected, by what became of the last attempt. What each means
/// is said at KnownPeers.
enum class PeerTrouble : std::uint8_t {
  none,  ///< it is connected, or was not tried yet
  refused,
  unreachable,
  silent,
  no_handshake,
  left,
  wrong_data,
  shut_out,
  ourselves,  ///< no trouble, but no peer either
};

}  // namespace shoal::torrent
