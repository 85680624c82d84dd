#pragma once

#include <string>

#include <shoal/known_peers.hpp>

namespace shoal {

/// Why none of those peers is connected: "2 refuse the connection, 1 does not answer"; "nobody
/// offers it yet" where none is known; empty where there is no reason to tell. Pure.
[[nodiscard]] std::string why_alone(const KnownPeers& peers);

}  // namespace shoal
