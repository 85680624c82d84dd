#include "registry/said_address.hpp"

#include "base/private_address.hpp"

namespace shoal::registry {
namespace {

/// Neither this network, nor one link, nor many hosts at once.
bool is_one_host(const IpAddress& address) {
  if (address.is_unspecified()) return false;
  if (address.is_v4()) {
    const auto bytes = address.v4();
    return bytes[0] != std::byte{0} && bytes[0] < std::byte{224} &&
           !(bytes[0] == std::byte{169} && bytes[1] == std::byte{254});
  }
  const auto& bytes = address.v6();
  return bytes[0] != std::byte{0xff} &&
         !(bytes[0] == std::byte{0xfe} && (bytes[1] & std::byte{0xc0}) == std::byte{0x80});
}

}  // namespace

bool may_say(const Endpoint& said, const IpAddress& from, bool closed) {
  if (said.port == 0 || !is_one_host(said.address)) return false;
  if (said.address == from) return true;
  if (said.address.is_loopback()) return from.is_loopback();
  if (closed) return true;
  return is_private(said.address) && (is_private(from) || from.is_loopback());
}

}  // namespace shoal::registry
