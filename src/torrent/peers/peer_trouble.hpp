#pragma once

#include <cstdint>
#include <system_error>

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

/// Of an attempt that ended with this error before the handshakes were done.
[[nodiscard]] PeerTrouble trouble_of(const std::error_code& failure);

}  // namespace shoal::torrent
