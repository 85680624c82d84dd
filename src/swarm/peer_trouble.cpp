#include "swarm/peer_trouble.hpp"

namespace shoal::swarm {

PeerTrouble trouble_of(const std::error_code& failure) {
  if (failure == std::errc::connection_refused) return PeerTrouble::refused;
  if (failure == std::errc::timed_out) return PeerTrouble::silent;
  for (const std::errc no_way : {std::errc::network_unreachable, std::errc::host_unreachable,
                                 std::errc::network_down, std::errc::address_family_not_supported,
                                 std::errc::address_not_available, std::errc::permission_denied,
                                 std::errc::operation_not_permitted, std::errc::invalid_argument}) {
    if (failure == no_way) return PeerTrouble::unreachable;
  }
  return PeerTrouble::no_handshake;  // there is somebody, who does not talk as a peer does
}

}  // namespace shoal::swarm
