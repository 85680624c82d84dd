#pragma once

#include <shoal/file_info.hpp>

#include "registry/peer_list.hpp"

namespace shoal::registry {

/// One info hash: what the file or folder is, as far as somebody has said so, and who has it.
class Swarm {
 public:
  /// Where a peer's record is.
  struct Place {
    Id position = kNone;
    bool v4 = true;
  };

  /// As `head` of its party, or as another one of it; another record may move.
  Place add(const Endpoint& endpoint, bool seeder, std::uint32_t tag, Id member, bool head,
            Move& moved);
  /// Others of its family may move.
  void remove(Place place, std::array<Move, 2>& moved);
  /// Two records of one family change places.
  void swap(Place one, Place other);
  [[nodiscard]] bool is_head(Place place) const {
    return place.v4 ? v4_.is_head(place.position) : v6_.is_head(place.position);
  }
  [[nodiscard]] bool is_seeder(Place place) const {
    return place.v4 ? v4_[place.position].seeder : v6_[place.position].seeder;
  }
  /// Of its peer id: see tag_of().
  [[nodiscard]] std::uint32_t tag(Place place) const {
    return place.v4 ? v4_[place.position].tag : v6_[place.position].tag;
  }
  /// Says whether that peer became a seeder by it, and counts.
  bool update(Place place, bool seeder, std::uint32_t tag);
  /// Whether that peer is one of the seeders() or leechers(); it is found all the same.
  void count(Place place, bool counted);
  [[nodiscard]] Endpoint endpoint(Place place) const;
  /// The member at that endpoint; kNone without one. It looks at all of that family.
  [[nodiscard]] Id find(const Endpoint& endpoint) const;

  /// Calls `visit` with each of its members.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& peer : v4_) visit(peer.member);
    for (const auto& peer : v6_) visit(peer.member);
  }
  /// One of its members. Precondition: it has some.
  [[nodiscard]] Id any() const {
    return v4_.size() > 0 ? v4_.begin()->member : v6_.begin()->member;
  }

  /// Before find() or a sample for somebody of that family.
  void expect(bool v4) const { v4 ? v4_.expect() : v6_.expect(); }

  [[nodiscard]] std::size_t size() const { return v4_.size() + v6_.size(); }
  [[nodiscard]] std::uint32_t seeders() const { return seeders_; }
  [[nodiscard]] std::uint32_t leechers() const {
    return static_cast<std::uint32_t>(size()) - uncounted_ - seeders_;
  }

  /// Up to `want` random peers of the asker's family, appended.
  void sample_family(std::size_t want, const Asker& asker, Random& random,
                     std::vector<Endpoint>& out) const;
  /// Up to `want` random peers of both families, most of them of the asker's, appended.
  void sample(std::size_t want, const Asker& asker, Random& random,
              std::vector<Endpoint>& out) const;

  /// False where only BEP 15 clients have announced.
  [[nodiscard]] bool described() const { return !file.name.empty(); }

  InfoHash20 key;
  std::uint32_t completed = 0;  ///< downloads that were seen to finish
  FileInfo file;                ///< if it is described, and so with `info_hash`
  InfoHash info_hash;

 private:
  PeerList<IpAddress::V4> v4_;
  PeerList<IpAddress::V6> v6_;
  std::uint32_t seeders_ = 0;    ///< those that count
  std::uint32_t uncounted_ = 0;  ///< peers of both kinds
};

}  // namespace shoal::registry
