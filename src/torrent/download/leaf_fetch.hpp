#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/bitfield.hpp"
#include "metainfo/piece_space.hpp"
#include "torrent/download/hash_requests.hpp"

namespace shoal::torrent {

/// Gets the leaf hashes of pieces that did not fold though several peers filled them, each proven
/// to the root. They tell who sent a wrong block, which the piece itself would only once it is
/// proven: and with a liar in every attempt that may be never. Pure.
class LeafFetch {
 public:
  explicit LeafFetch(const PieceSpace& space) : space_(space) {}

  /// Beyond a few pieces at a time nothing: those tell who lies.
  void want(PieceIndex piece);
  /// The piece is proven.
  void forget(PieceIndex piece);
  [[nodiscard]] bool idle() const { return requests_.empty(); }

  /// The next request for this peer, which has these pieces, or all though it does not show them
  /// (`origin`); marked as sent.
  [[nodiscard]] std::optional<merkle::HashRequest> next(ConnectionKey peer, const Bitfield& pieces,
                                                        bool origin, Time now);

  /// The piece that such a request is about; nothing when none is wanted there.
  [[nodiscard]] std::optional<PieceIndex> piece_of(const merkle::HashRequest& request) const {
    const auto found = find(request);
    return found == pieces_.end() ? std::nullopt : std::optional(found->first);
  }

  struct Answer {
    bool wrong = false;              ///< does not lead to the root: that peer lies
    std::optional<PieceIndex> done;  ///< all of its leaves are known now:
    std::vector<Digest> leaves;
  };
  /// Hashes that a peer sent, lately asked for or not.
  [[nodiscard]] Answer answered(ConnectionKey peer, const merkle::HashRequest& request,
                                std::span<const Digest> hashes);
  void rejected(ConnectionKey peer, const merkle::HashRequest& request, Time now) {
    requests_.rejected(peer, request, now);
  }
  void gone(ConnectionKey peer) { requests_.gone(peer); }

 private:
  struct Piece {
    FileOfPieces file;
    std::uint32_t first_leaf = 0;  // in the file
    std::vector<Digest> leaves;
    std::size_t requests = 0;  // without an answer
  };
  using Pieces = std::map<PieceIndex, Piece>;

  [[nodiscard]] Pieces::const_iterator find(const merkle::HashRequest& request) const;

  PieceSpace space_;
  HashRequests requests_;
  Pieces pieces_;
};

}  // namespace shoal::torrent
