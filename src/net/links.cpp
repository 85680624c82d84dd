#include "net/links.hpp"

#include <algorithm>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>

namespace shoal::net {

std::vector<std::uint32_t> link_scopes() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, &::freeifaddrs);
  std::vector<std::uint32_t> scopes;
  for (const ifaddrs* one = first; one != nullptr && scopes.size() < kMostLinks;
       one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET6) continue;
    const auto* address = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
    const bool known = std::ranges::find(scopes, address->sin6_scope_id) != scopes.end();
    if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr) && !known)
      scopes.push_back(address->sin6_scope_id);
  }
  return scopes;
}

}  // namespace shoal::net
