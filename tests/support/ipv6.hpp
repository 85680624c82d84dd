#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "support/descriptor.hpp"

namespace shoal::test {

inline constexpr const char* kNoIpv6 =
    "this machine has no IPv6, not even ::1, so nothing can be asked there";

/// Asked of the system, not of what is tested: that may fail for a reason of its own.
[[nodiscard]] inline bool has_ipv6() {
  const Descriptor socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return socket.is_open() &&
         ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace shoal::test
