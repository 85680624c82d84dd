#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <shoal/digest.hpp>

#include "hash/merkle.hpp"
#include "metainfo/piece_space.hpp"

namespace shoal::torrent {

/// What the pieces of a torrent have to hash to, as far as that is proven: of a file of one piece
/// to its root, of a longer one to the nodes of its piece layer. Equal files share theirs.
class PieceLayers {
 public:
  explicit PieceLayers(PieceSpace space) : space_(std::move(space)) {}

  [[nodiscard]] const PieceSpace& space() const { return space_; }

  /// Precondition: it is the piece layer of a file that has its root.
  void set(merkle::LayerTree layer);
  /// Whether all pieces of that file can be proven.
  [[nodiscard]] bool has(const FileOfPieces& file) const {
    return file.geometry.pieces() == 1 || trees_.contains(file.root);
  }
  /// What the piece has to fold to. Precondition: has() of its file.
  [[nodiscard]] Digest node(PieceIndex piece) const;
  /// The piece layer. Null of a file of one piece, and while it is not proven.
  [[nodiscard]] const merkle::LayerTree* find(const Digest& root) const;

  /// Those that are proven, by root.
  [[nodiscard]] const std::map<Digest, merkle::LayerTree>& all() const { return trees_; }

  /// A file that has this root, the first of several; nothing when none has.
  [[nodiscard]] std::optional<FileOfPieces> file_of(const Digest& root) const;
  /// All that have it, in the tree's order.
  [[nodiscard]] std::vector<FileOfPieces> files_of(const Digest& root) const;
  /// The pieces that all nodes of that request lie in, one of each file that has its root; none
  /// when they are above the piece layer, in several pieces, or make no sense.
  [[nodiscard]] std::vector<PieceIndex> pieces_of(const merkle::HashRequest& request) const;
  /// Hashes from the piece layer up. Preconditions: has(), a valid request of that file with its
  /// base there.
  [[nodiscard]] std::vector<Digest> answer(const FileOfPieces& file,
                                           const merkle::HashRequest& request) const;
  /// Hashes below it, which lie in one piece; `leaves` is the tree over those. Empty when that is
  /// the tree of something else.
  [[nodiscard]] std::vector<Digest> answer_below(const FileOfPieces& file,
                                                 const merkle::HashRequest& request,
                                                 const merkle::LayerTree& leaves) const;

 private:
  [[nodiscard]] std::vector<std::uint32_t>::const_iterator first_with(const Digest& root) const;
  void sort_by_root() const;
  [[nodiscard]] const Digest& root_of(std::uint32_t file) const {
    return *(*space_.tree())[FileIndex{file}].root;
  }

  PieceSpace space_;
  std::map<Digest, merkle::LayerTree> trees_;   // by root
  mutable std::vector<std::uint32_t> by_root_;  // files of a folder, once somebody asks
};

}  // namespace shoal::torrent
