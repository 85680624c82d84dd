#pragma once

#include <string>

#include "datagram/datagram.hpp"

namespace shoal::test {

/// Asks the tracker (IPv4 address and port) for a connection id. Blocks; throws when no answer
/// comes in time. So do the others.
[[nodiscard]] datagram::ConnectionId connect_to_tracker(const std::string& tracker);
/// Asks once, under an id that is there already.
[[nodiscard]] datagram::Reply ask_tracker(const std::string& tracker,
                                          const datagram::Request& request,
                                          datagram::ConnectionId connection);
/// Connects first.
[[nodiscard]] datagram::Reply ask_tracker(const std::string& tracker,
                                          const datagram::Request& request);
/// Offers a file there, from an address of this machine. Throws when the tracker does not take it.
void register_at_tracker(const std::string& tracker, const datagram::RegisterRequest& request,
                         const std::string& host = "127.0.0.1");

}  // namespace shoal::test
