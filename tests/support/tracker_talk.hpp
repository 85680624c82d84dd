#pragma once

#include <string>

#include "datagram/datagram.hpp"

namespace shoal::test {

/// Connects to the tracker (IPv4 address and port) and asks once. Blocks; throws when no answer
/// comes in time.
[[nodiscard]] datagram::Reply ask_tracker(const std::string& tracker,
                                          const datagram::Request& request);
/// Offers a file there. Throws when the tracker does not take it.
void register_at_tracker(const std::string& tracker, const datagram::RegisterRequest& request);

}  // namespace shoal::test
