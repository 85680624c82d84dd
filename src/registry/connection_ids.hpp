#pragma once

#include <cstdint>

#include <shoal/endpoint.hpp>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"
#include "registry/siphash.hpp"

namespace shoal::registry {

/// Connection ids (BEP 15) that need no memory: a keyed hash of the client's address and the
/// minute. Who returns one has received a datagram at that address lately, so replies cannot be
/// turned on somebody else. The port is not part of it: stock clients share an id between their
/// sockets.
class ConnectionIds {
 public:
  explicit ConnectionIds(const SipKey& secret) : secret_(secret) {}

  [[nodiscard]] datagram::ConnectionId issue(const IpAddress& client, Time now) const;
  /// True for an id issued to that address in this minute or the two before: an id lives 2 to 3
  /// minutes (BEP 15 asks for 2).
  [[nodiscard]] bool valid(std::uint64_t id, const IpAddress& client, Time now) const;

 private:
  [[nodiscard]] std::uint64_t id_for(const IpAddress& client, std::int64_t slot) const;

  SipKey secret_;
};

}  // namespace shoal::registry
