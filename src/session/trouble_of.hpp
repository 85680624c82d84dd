#pragma once

#include <system_error>

#include "torrent/peers/peer_trouble.hpp"

namespace shoal::session {

/// What to tell of an attempt that ended with this error before the handshakes were done.
[[nodiscard]] torrent::PeerTrouble trouble_of(const std::error_code& failure);

}  // namespace shoal::session
