#pragma once

#include <cstdint>

#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>

#include <shoal/endpoint.hpp>

/// Endpoint to and from Asio's types. v4-mapped IPv6 addresses come back as IPv4. Link-local ones
/// keep their scope both ways.
namespace shoal::net {

[[nodiscard]] asio::ip::address to_asio(const IpAddress& address);
[[nodiscard]] IpAddress from_asio(const asio::ip::address& address);
/// See Endpoint::scope.
[[nodiscard]] asio::ip::address to_asio(const IpAddress& address, std::uint32_t scope);
[[nodiscard]] std::uint32_t scope_of(const asio::ip::address& address);

template <class Protocol>
[[nodiscard]] typename Protocol::endpoint to_asio(const Endpoint& endpoint) {
  return {to_asio(endpoint.address, endpoint.scope), endpoint.port};
}

template <class AsioEndpoint>
[[nodiscard]] Endpoint from_asio(const AsioEndpoint& endpoint) {
  return {from_asio(endpoint.address()), endpoint.port(), scope_of(endpoint.address())};
}

}  // namespace shoal::net
