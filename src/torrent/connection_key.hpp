#pragma once

#include <cstdint>

namespace shoal::torrent {

/// Names a connection for as long as the process lasts; never used twice.
enum class ConnectionKey : std::uint64_t {};

/// The same for the swarm of a file.
enum class SwarmKey : std::uint64_t {};

}  // namespace shoal::torrent
