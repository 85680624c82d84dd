#include "torrent/peers/peer_exchange.hpp"

#include <algorithm>
#include <iterator>

namespace shoal::torrent {
namespace {

/// Multicast, or 240.0.0.0/4 with the broadcast address.
bool is_group(const IpAddress& address) {
  if (address.is_v4()) return std::to_integer<int>(address.v4()[0]) >= 224;
  return address.v6()[0] == std::byte{0xff};
}

}  // namespace

bool may_name(const IpAddress& teller, const IpAddress& named) {
  if (named.is_unspecified() || is_group(named) || named.is_link_local()) return false;
  return teller.is_loopback() || !named.is_loopback();
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
    const bool reachable = !peer.endpoint.address.is_link_local() &&
                           (!peer.endpoint.address.is_loopback() || self.address.is_loopback());
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
