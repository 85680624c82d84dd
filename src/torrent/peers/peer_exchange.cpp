#include "torrent/peers/peer_exchange.hpp"

#include <algorithm>
#include <iterator>

#include "base/private_address.hpp"

namespace shoal::torrent {
namespace {

/// Multicast, or 240.0.0.0/4 with the broadcast address.
bool is_group(const IpAddress& address) {
  if (address.is_v4()) return std::to_integer<int>(address.v4()[0]) >= 224;
  return address.v6()[0] == std::byte{0xff};
}

bool is_near(const IpAddress& address) {
  return is_private(address) || address.is_loopback() || address.is_link_local();
}

}  // namespace

bool may_name(const IpAddress& teller, const IpAddress& named) {
  if (named.is_unspecified() || is_group(named) || named.is_link_local()) return false;
  if (named.is_loopback()) return teller.is_loopback();
  return !is_private(named) || is_near(teller);
}

std::optional<wire::Pex> PeerExchange::next(std::span<const wire::PexPeer> connected,
                                            const Endpoint& self, Time now) {
  if (!due(now)) return std::nullopt;
  wire::Pex pex;
  auto told = told_.cbegin();
  const auto drop_before = [&](const wire::PexPeer* peer) {
    for (; told != told_.cend() && (peer == nullptr || *told < peer->endpoint); ++told) {
      if (pex.dropped.size() < kMostAtOnce) pex.dropped.push_back(*told);
    }
  };
  for (const wire::PexPeer& peer : connected) {
    drop_before(&peer);
    if (told != told_.cend() && *told == peer.endpoint) {
      ++told;
      continue;
    }
    const bool reachable = may_name(self.address, peer.endpoint.address);
    if (peer.endpoint == self || !reachable || pex.added.size() >= kMostAtOnce) continue;
    pex.added.push_back(peer);
  }
  drop_before(nullptr);
  if (pex.added.empty() && pex.dropped.empty()) return std::nullopt;

  std::vector<Endpoint> after;
  std::ranges::set_difference(told_, pex.dropped, std::back_inserter(after));
  std::ranges::transform(pex.added, std::back_inserter(after), &wire::PexPeer::endpoint);
  std::ranges::sort(after);
  told_ = std::move(after);
  next_at_ = now + kInterval;
  return pex;
}

}  // namespace shoal::torrent
