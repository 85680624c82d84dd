#include "session/trouble_of.hpp"

#include <cerrno>

#include <asio/error.hpp>

namespace shoal::session {

using torrent::PeerTrouble;

PeerTrouble trouble_of(const std::error_code& failure) {
  // Asio's own category does not compare equal to std::errc.
  const bool by_the_system = failure.category() == asio::error::get_system_category() ||
                             failure.category() == std::system_category() ||
                             failure.category() == std::generic_category();
  if (!by_the_system) return PeerTrouble::no_handshake;
  switch (failure.value()) {
    case ECONNREFUSED:
      return PeerTrouble::refused;
    case ETIMEDOUT:
      return PeerTrouble::silent;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EAFNOSUPPORT:
    case EADDRNOTAVAIL:
    case EACCES:
    case EPERM:
    case EINVAL:
      return PeerTrouble::unreachable;
    default:
      return PeerTrouble::no_handshake;  // there is somebody, who does not talk as a peer does
  }
}

}  // namespace shoal::session
