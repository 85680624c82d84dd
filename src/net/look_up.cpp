#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>

#include "net/names.hpp"

namespace shoal::net {
namespace {

std::optional<asio::ip::address> address_of(const addrinfo& entry) {
  if (entry.ai_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, entry.ai_addr, sizeof v4);
    return asio::ip::address_v4(std::bit_cast<asio::ip::address_v4::bytes_type>(v4.sin_addr));
  }
  if (entry.ai_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, entry.ai_addr, sizeof v6);
    return asio::ip::address_v6(std::bit_cast<asio::ip::address_v6::bytes_type>(v6.sin6_addr),
                                v6.sin6_scope_id);
  }
  return std::nullopt;
}

std::string problem_with(const std::string& host, int failure, int system_error) {
  switch (failure) {
    case EAI_NONAME:
#ifdef EAI_NODATA
    case EAI_NODATA:  // there is such a name, but no host
#endif
#ifdef EAI_ADDRFAMILY
    case EAI_ADDRFAMILY:
#endif
      return "the name server knows no such name as " + host;
    case EAI_AGAIN:
      return silence_about(host);
    case EAI_SYSTEM:
      return "cannot look up " + host + ": " + std::generic_category().message(system_error);
    default:
      return "cannot look up " + host + ": " + ::gai_strerror(failure);
  }
}

}  // namespace

std::string silence_about(const std::string& host) {
  return "the name server did not answer for " + host;
}

Names::Looked look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;  // each address once
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failure != 0) return std::unexpected(problem_with(host, failure, errno));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    const auto address = address_of(*entry);
    if (address && std::ranges::find(addresses, *address) == addresses.end())
      addresses.push_back(*address);
  }
  if (addresses.empty()) return std::unexpected(problem_with(host, EAI_NONAME, 0));
  return addresses;
}

}  // namespace shoal::net
