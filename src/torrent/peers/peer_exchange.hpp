#pragma once

#include <optional>
#include <span>
#include <vector>

#include <shoal/endpoint.hpp>

#include "base/clock.hpp"
#include "wire/extension.hpp"

namespace shoal::torrent {

/// Whether to believe that a peer is at `named`, when another one at `teller` says so, and whether
/// to tell that one of it. Who is not on this machine knows nothing of its loopback addresses, and
/// would have us call ourselves; who is somewhere in the internet knows nothing of the network that
/// we are in, and would have us call its hosts; nobody can be called at a group's address. Nor is a
/// link-local one believed: it may be one of a link that we are not at.
[[nodiscard]] bool may_name(const IpAddress& teller, const IpAddress& named);

/// What one peer is told of the others that we are connected to, and when (ut_pex, BEP 11). Pure.
class PeerExchange {
 public:
  static constexpr Duration kInterval = std::chrono::minutes(1);
  static constexpr std::size_t kMostAtOnce = 50;  ///< added, and dropped; the rest comes later

  /// False within a minute of the last message: next() would have nothing.
  [[nodiscard]] bool due(Time now) const { return now >= next_at_; }
  /// What has changed since the last message; nothing when it is too early or all is as it was.
  /// `connected`: where our peers listen, in order, each once. `self`: where the told one does. Who
  /// may_name() an address is told of it.
  [[nodiscard]] std::optional<wire::Pex> next(std::span<const wire::PexPeer> connected,
                                              const Endpoint& self, Time now);

 private:
  std::vector<Endpoint> told_;  // in order
  Time next_at_{};
};

}  // namespace shoal::torrent
