#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>

#include "registry/slab.hpp"

namespace shoal::registry {

using Random = std::mt19937_64;

/// Who asks for peers, to be left out of the answer.
struct Asker {
  IpAddress address;
  std::uint32_t tag = 0;
  bool without_loopback = false;  ///< leave out peers at 127.0.0.1 and its like, too

  /// A link-local address is of use to those on that link only, and on this machine, where it may
  /// be tried.
  [[nodiscard]] bool can_use_links() const {
    return address.is_link_local() || address.is_loopback();
  }
};

/// The last four bytes of a peer id, which are random (BEP 20): enough to know a peer again among
/// those of one address.
[[nodiscard]] std::uint32_t tag_of(const PeerId& peer_id);

/// The peers of one swarm and one address family, side by side: 16 bytes for IPv4, 28 for IPv6.
/// Their order means nothing.
template <class Address>
class PeerList {
 public:
  struct Peer {
    Address address{};
    std::uint16_t port = 0;
    bool seeder = false;
    bool counted = true;  ///< false: it is counted in the other family
    std::uint32_t tag = 0;
    Id member = kNone;  ///< whose record this is

    [[nodiscard]] Endpoint endpoint() const { return {IpAddress(address), port}; }
  };

  /// Returns the position.
  Id add(const Peer& peer) {
    peers_.push_back(peer);
    return static_cast<Id>(peers_.size() - 1);
  }
  /// The last peer moves to `position`. Returns its member, whose position that is now.
  Id remove(Id position) {
    peers_[position] = peers_.back();
    peers_.pop_back();
    if (peers_.capacity() > 8 && peers_.size() < peers_.capacity() / 4) peers_.shrink_to_fit();
    return position < peers_.size() ? peers_[position].member : kNone;
  }

  /// The member at that endpoint; kNone without one. It looks at all of them.
  [[nodiscard]] Id find(const Address& address, std::uint16_t port) const {
    for (const Peer& peer : peers_)
      if (peer.port == port && peer.address == address) return peer.member;
    return kNone;
  }

  /// Before find() or sample() of a swarm of usual size.
  void expect() const { prefetch(peers_.data(), std::min<std::size_t>(size(), 32) * sizeof(Peer)); }

  [[nodiscard]] Peer& operator[](Id position) { return peers_[position]; }
  [[nodiscard]] const Peer& operator[](Id position) const { return peers_[position]; }
  [[nodiscard]] std::size_t size() const { return peers_.size(); }

  /// Appends up to `want` different peers, in time that does not depend on the size of the swarm:
  /// from a random start in random equal strides, which meet nobody twice as long as the stride and
  /// the number of peers have no common divisor. Fewer where some at loopback or on links are left
  /// out.
  void sample(std::size_t want, const Asker& asker, Random& random,
              std::vector<Endpoint>& out) const {
    if (peers_.empty() || want == 0) return;
    const std::size_t size = peers_.size();
    const std::size_t visits = std::min(size, want + 1);  // one of them may be the asker
    std::size_t at = random() % size;
    std::size_t stride = 1;
    if (visits < size) {
      do stride = 1 + random() % (size - 1);
      while (std::gcd(stride, size) != 1);
    }
    const std::size_t most = out.size() + want;
    const bool without_links = !asker.can_use_links();
    for (std::size_t i = 0; i < visits && out.size() < most; ++i) {
      const Peer& peer = peers_[at];
      const IpAddress address(peer.address);
      const bool itself = peer.tag == asker.tag && address == asker.address;
      const bool unusable = (asker.without_loopback && address.is_loopback()) ||
                            (without_links && address.is_link_local());
      if (!itself && !unusable) out.push_back(peer.endpoint());
      at += stride;
      if (at >= size) at -= size;
    }
  }

 private:
  std::vector<Peer> peers_;
};

}  // namespace shoal::registry
