#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>

#include "base/bitfield.hpp"
#include "metainfo/piece_space.hpp"
#include "torrent/download/piece_picker.hpp"

namespace shoal::torrent {

/// Who sent a block: its connection, and the other end of it, as we have seen it. Where it listens,
/// as it says, is of no account: it could as well be a neighbour.
struct Sender {
  ConnectionKey connection{};
  Endpoint endpoint;
  bool dialled = false;  ///< by us: so that is where it listens

  bool operator==(const Sender&) const = default;
};

/// The leaves that came for one piece, and from whom: senders[from[i]] sent the block of leaves[i].
struct PieceAttempt {
  std::vector<Digest> leaves;
  std::vector<std::uint16_t> from;
  std::vector<Sender> senders;  ///< each connection once

  [[nodiscard]] const Sender& sender_of(std::size_t block) const { return senders[from[block]]; }
};

/// The leaf digests of the pieces in flight: 34 bytes a block, whatever became of the blocks
/// themselves. Pure.
class PieceAssembly {
 public:
  explicit PieceAssembly(const PieceSpace& space) : space_(space) {}

  /// The leaf of a block that arrived. The first one stands: a second for the same block is
  /// ignored. True when it was the last that the piece lacked: fold() and compare.
  bool add(BlockRef block, const Digest& leaf, const Sender& from);

  /// The piece's node in the piece layer (the root itself, for a file of one piece), as its leaves
  /// have it. Precondition: add() said that the piece is full.
  [[nodiscard]] Digest fold(PieceIndex piece) const;
  /// Takes the piece out, for proofs to others or for Blame. Precondition as for fold().
  [[nodiscard]] PieceAttempt take(PieceIndex piece);
  /// Forgets the piece; nothing happens when it is not there.
  void erase(PieceIndex piece) { pieces_.erase(piece); }

  [[nodiscard]] std::size_t pieces() const { return pieces_.size(); }

 private:
  struct Entry {
    PieceAttempt attempt;
    Bitfield here;
  };

  PieceSpace space_;
  std::unordered_map<PieceIndex, Entry> pieces_;
};

}  // namespace shoal::torrent
