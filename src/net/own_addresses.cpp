#include "net/own_addresses.hpp"

#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>

namespace shoal::net {

std::vector<IpAddress> own_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(first, &::freeifaddrs);
  std::vector<IpAddress> found;
  for (const ifaddrs* one = list.get(); one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    if (one->ifa_addr->sa_family == AF_INET) {
      sockaddr_in address{};
      std::memcpy(&address, one->ifa_addr, sizeof address);
      IpAddress::V4 bytes;
      std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
      found.emplace_back(bytes);
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 address{};
      std::memcpy(&address, one->ifa_addr, sizeof address);
      IpAddress::V6 bytes;
      std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
      found.emplace_back(bytes);
    }
  }
  return found;
}

}  // namespace shoal::net
