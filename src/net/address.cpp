#include "net/address.hpp"

#include <bit>

namespace shoal::net {

asio::ip::address to_asio(const IpAddress& address) {
  if (address.is_v4()) {
    return asio::ip::address_v4(std::bit_cast<asio::ip::address_v4::bytes_type>(address.v4()));
  }
  return asio::ip::address_v6(std::bit_cast<asio::ip::address_v6::bytes_type>(address.v6()));
}

asio::ip::address to_asio(const IpAddress& address, std::uint32_t scope) {
  if (scope == 0 || address.is_v4()) return to_asio(address);
  using V6 = asio::ip::address_v6;
  return V6(std::bit_cast<V6::bytes_type>(address.v6()), scope);
}

std::uint32_t scope_of(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_link_local()) return 0;
  return static_cast<std::uint32_t>(address.to_v6().scope_id());
}

IpAddress from_asio(const asio::ip::address& address) {
  if (address.is_v4()) return IpAddress(std::bit_cast<IpAddress::V4>(address.to_v4().to_bytes()));
  return IpAddress(std::bit_cast<IpAddress::V6>(address.to_v6().to_bytes()));
}

}  // namespace shoal::net
