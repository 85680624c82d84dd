#pragma once

#include <cstddef>
#include <map>
#include <set>

#include <shoal/endpoint.hpp>

#include "metainfo/geometry.hpp"

namespace shoal::torrent {

/// What came from whom: how many good pieces, and which that were wrong. It tells somebody with a
/// bad spot on the disk, whose other pieces are as good as any, from a liar. Pure and bounded.
class Reputation {
 public:
  static constexpr std::size_t kMostSenders = 1000;
  /// So many pieces of a sender may be wrong beyond those that were right: the first ones that are
  /// asked for may be the bad ones.
  static constexpr std::size_t kBenefitOfDoubt = 2;
  /// How often a piece is taken from a sender that sends it wrong.
  static constexpr unsigned kMostAttempts = 3;

  /// A piece that this sender alone sent was proven.
  void good(const Endpoint& sender);
  /// The sender sent wrong blocks of that piece.
  void wrong(const Endpoint& sender, PieceIndex piece);

  /// Pieces from there are wrong more often than right, give or take `benefit`.
  [[nodiscard]] bool is_liar(const Endpoint& sender, std::size_t benefit = kBenefitOfDoubt) const;
  [[nodiscard]] bool may_try_again(const Endpoint& sender, PieceIndex piece) const;
  /// That sender sent that piece wrong.
  [[nodiscard]] bool sent_wrong(const Endpoint& sender, PieceIndex piece) const;
  /// Somebody sent it wrong.
  [[nodiscard]] bool was_wrong(PieceIndex piece) const { return wrong_.contains(piece); }
  [[nodiscard]] std::size_t pieces_wrong() const { return wrong_.size(); }

 private:
  struct Record {
    std::size_t good = 0;
    std::map<PieceIndex, unsigned> wrong;  // and how often
  };

  [[nodiscard]] Record* find_or_add(const Endpoint& sender);

  std::map<Endpoint, Record> senders_;  // at most kMostSenders
  std::set<PieceIndex> wrong_;          // from whomever
};

}  // namespace shoal::torrent
