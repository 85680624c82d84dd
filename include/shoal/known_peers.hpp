#pragma once

#include <cstddef>

namespace shoal {

/// The addresses at which a file's peers are known to be, and what became of those that are not
/// connected: how many for each reason, by the last attempt. Those without a reason are connected,
/// or have not been tried yet.
struct KnownPeers {
  std::size_t known = 0;         ///< addresses, our own not among them
  std::size_t refused = 0;       ///< nothing listens there
  std::size_t unreachable = 0;   ///< the network has no way to them
  std::size_t silent = 0;        ///< did not answer in time
  std::size_t no_handshake = 0;  ///< answered, but not as a peer that has the file
  std::size_t left = 0;          ///< were connected
  std::size_t wrong_data = 0;    ///< sent wrong data, and are left alone for a while
  std::size_t shut_out = 0;      ///< broke the protocol, and are left alone for a while

  bool operator==(const KnownPeers&) const = default;
};

}  // namespace shoal
