#pragma once

#include <string>

#include "datagram/datagram.hpp"

namespace shoal::test {

/// Connects to the tracker (IPv4 address and port) and asks once. Blocks; throws when no answer
/// comes in time.
[[nodiscard]] datagram::Reply ask_tracker(const std::string& tracker,
                                          const datagram::Request& request);

}  // namespace shoal::test
