#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>

#include "base/party.hpp"
#include "registry/slab.hpp"

namespace shoal::registry {

using Random = std::mt19937_64;

/// Ports of one party that an answer names, and that may announce themselves in one swarm.
inline constexpr std::size_t kMostOfParty = 16;

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

/// A record that has another position now.
struct Move {
  Id member = kNone;  ///< kNone: none has
  Id position = kNone;
};

/// The peers of one swarm and one address family, side by side: 16 bytes for IPv4, 28 for IPv6.
/// One peer of each party comes first: its head. Apart from that their order means nothing. Who
/// has many ports or addresses in a swarm is told as often as others all the same.
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

  /// At the end, or as a head where the first of those that are none was, which moves to the end.
  Id add(const Peer& peer, bool head, Move& moved) {
    peers_.push_back(peer);
    if (!head) return last();
    const Id at = heads_++;
    std::swap(peers_[at], peers_.back());
    if (at != last()) moved = {peers_.back().member, last()};
    return at;
  }
  /// Others move into the gap.
  void remove(Id position, std::array<Move, 2>& moved) {
    if (position < heads_) {
      --heads_;
      moved[0] = fill(position, heads_);
      position = heads_;
    }
    moved[1] = fill(position, last());
    peers_.pop_back();
    if (peers_.capacity() > 8 && peers_.size() < peers_.capacity() / 4) peers_.shrink_to_fit();
  }
  /// They change places.
  void swap(Id one, Id other) { std::swap(peers_[one], peers_[other]); }
  [[nodiscard]] bool is_head(Id position) const { return position < heads_; }

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
  [[nodiscard]] auto begin() const { return peers_.begin(); }
  [[nodiscard]] auto end() const { return peers_.end(); }

  /// Appends up to `want` different peers, in time that does not depend on the size of the swarm:
  /// one of each party first, and what is left over is for others of them. Fewer where some at
  /// loopback or on links are left out, or parties have more than kMostOfParty.
  void sample(std::size_t want, const Asker& asker, Random& random,
              std::vector<Endpoint>& out) const {
    const std::size_t begin = out.size();
    const std::size_t most = begin + want;
    walk(0, heads_, want, random, [&](const Peer& peer) {
      if (is_useful(peer, asker)) out.push_back(peer.endpoint());
      return out.size() < most;
    });
    if (out.size() >= most || heads_ == size()) return;
    const bool few = size() - heads_ < kMostOfParty;
    walk(heads_, size(), most - out.size(), random, [&](const Peer& peer) {
      if (is_useful(peer, asker) && (few || has_room(peer, std::span(out).subspan(begin))))
        out.push_back(peer.endpoint());
      return out.size() < most;
    });
  }

 private:
  [[nodiscard]] Id last() const { return static_cast<Id>(peers_.size() - 1); }
  Move fill(Id gap, Id from) {
    if (gap == from) return {};
    peers_[gap] = peers_[from];
    return {peers_[gap].member, gap};
  }

  static bool is_useful(const Peer& peer, const Asker& asker) {
    const IpAddress address(peer.address);
    const bool itself = peer.tag == asker.tag && address == asker.address;
    return !itself && !(asker.without_loopback && address.is_loopback()) &&
           !(address.is_link_local() && !asker.can_use_links());
  }
  static bool has_room(const Peer& peer, std::span<const Endpoint> told) {
    const Party party = Party::of(IpAddress(peer.address));
    const auto of_party = [&](const Endpoint& one) { return Party::of(one.address) == party; };
    return std::ranges::count_if(told, of_party) < std::ptrdiff_t{kMostOfParty};
  }

  /// Visits `want` of a range and one more, for one of them may be the asker, until `visit` returns
  /// false: from a random start in random equal strides, which meet nobody twice as long as the
  /// stride and the number of peers have no common divisor.
  template <class Visit>
  void walk(std::size_t first, std::size_t end, std::size_t want, Random& random,
            Visit&& visit) const {
    if (first == end || want == 0) return;
    const std::size_t size = end - first;
    const std::size_t visits = std::min(size, want + 1);
    std::size_t at = random() % size;
    std::size_t stride = 1;
    if (visits < size) {
      do stride = 1 + random() % (size - 1);
      while (std::gcd(stride, size) != 1);
    }
    for (std::size_t i = 0; i < visits; ++i) {
      if (!visit(peers_[first + at])) return;
      at += stride;
      if (at >= size) at -= size;
    }
  }

  std::vector<Peer> peers_;
  Id heads_ = 0;
};

}  // namespace shoal::registry
