#pragma once

#include <string>
#include <vector>

#include <shoal/known_peers.hpp>

namespace shoal {

/// Why none of those peers is connected: "2 refuse the connection, 1 does not answer"; "nobody
/// offers it yet" where none is known; empty where there is no reason to tell. Pure.
[[nodiscard]] std::string why_alone(const KnownPeers& peers);
/// The same one by one.
[[nodiscard]] std::vector<std::string> reasons_alone(const KnownPeers& peers);
/// What to add where some peers are connected, of the others: "; of others that are known, 2 refuse
/// the connection"; empty where there is nothing to tell.
[[nodiscard]] std::string why_no_others(const KnownPeers& peers);
/// Of two files together.
[[nodiscard]] KnownPeers sum_of(const KnownPeers& one, const KnownPeers& other);

}  // namespace shoal
