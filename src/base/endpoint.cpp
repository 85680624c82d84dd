#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <net/if.h>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"

namespace shoal {
namespace {

constexpr std::size_t kV4Offset = 12;  // where a v4-mapped address holds the IPv4 one

bool is_v4_mapped(const IpAddress::V6& bytes) {
  const IpAddress mapped_zero;
  return std::equal(bytes.begin(), bytes.begin() + kV4Offset, mapped_zero.v6().begin());
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end || text.size() > 5) return std::nullopt;
  return port;
}

/// The number of an interface of this machine, given by name or number.
std::optional<std::uint32_t> parse_zone(std::string_view zone) {
  if (zone.empty() || zone.size() >= IF_NAMESIZE || zone.contains('\0')) return std::nullopt;
  if (const unsigned named = ::if_nametoindex(std::string(zone).c_str())) return named;
  std::uint32_t number = 0;
  const char* const end = zone.data() + zone.size();
  const auto [stop, error] = std::from_chars(zone.data(), end, number);
  std::array<char, IF_NAMESIZE> name{};
  if (error != std::errc{} || stop != end || ::if_indextoname(number, name.data()) == nullptr)
    return std::nullopt;
  return number;
}

/// The name, or the number when the interface has gone.
std::string zone_of(std::uint32_t scope) {
  std::array<char, IF_NAMESIZE> name{};
  return ::if_indextoname(scope, name.data()) != nullptr ? name.data() : std::to_string(scope);
}

}  // namespace

IpAddress::IpAddress(const V4& bytes) {
  std::ranges::copy(bytes, bytes_.begin() + kV4Offset);
}

IpAddress::IpAddress(const V6& bytes) : bytes_(bytes), v4_(is_v4_mapped(bytes)) {}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.contains('\0')) return std::nullopt;
  const std::string terminated(text);
  V4 v4;
  if (inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) return IpAddress(v4);
  V6 v6;
  if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return IpAddress(v6);
  return std::nullopt;
}

bool IpAddress::is_loopback() const {
  if (v4_) return v4()[0] == std::byte{127};
  V6 one{};
  one.back() = std::byte{1};
  return bytes_ == one;
}

bool IpAddress::is_unspecified() const {
  return v4_ ? v4() == V4{} : bytes_ == V6{};
}

IpAddress::V4 IpAddress::v4() const {
  V4 bytes;
  std::copy(bytes_.begin() + kV4Offset, bytes_.end(), bytes.begin());
  return bytes;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (v4_) {
    inet_ntop(AF_INET, bytes_.data() + kV4Offset, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  return text.data();
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;

  std::string_view host = text.substr(0, colon);
  if (host.empty()) return Endpoint{IpAddress(), *port};
  // Brackets go with IPv6 and only with it, or the port could not be told from the address.
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != host.contains(':')) return std::nullopt;

  const std::size_t percent = host.find('%');
  const auto address = IpAddress::parse(host.substr(0, percent));
  if (!address) return std::nullopt;
  if (percent == std::string_view::npos) return Endpoint{*address, *port};
  const auto scope = parse_zone(host.substr(percent + 1));
  if (!scope || !address->is_link_local()) return std::nullopt;
  return Endpoint{*address, *port, *scope};
}

std::string Endpoint::to_string() const {
  std::string host = address.to_string();
  if (scope != 0) host += '%' + zone_of(scope);
  if (!address.is_v4()) host = '[' + host + ']';
  return host + ':' + std::to_string(port);
}

}  // namespace shoal

std::size_t std::hash<shoal::IpAddress>::operator()(
    const shoal::IpAddress& address) const noexcept {
  return std::hash<std::string_view>{}(shoal::as_text(address.v6()));
}

std::size_t std::hash<shoal::Endpoint>::operator()(const shoal::Endpoint& endpoint) const noexcept {
  std::array<std::byte, 22> key;
  std::ranges::copy(endpoint.address.v6(), key.begin());
  shoal::store_be(endpoint.port, key.data() + 16);
  shoal::store_be(endpoint.scope, key.data() + 18);
  return std::hash<std::string_view>{}(shoal::as_text(key));
}
