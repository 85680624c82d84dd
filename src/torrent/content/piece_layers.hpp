#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <span>
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
  /// Calls that with each group of files of one root, two or more of them, in the tree's order.
  template <class Call>
  void for_each_group(Call call) const;
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

template <class Call>
void PieceLayers::for_each_group(Call call) const {
  if (!space_.tree()) return;
  if (by_root_.empty()) sort_by_root();
  for (auto begin = by_root_.cbegin(); begin != by_root_.cend();) {
    auto end = std::next(begin);
    while (end != by_root_.cend() && root_of(*end) == root_of(*begin)) ++end;
    if (end - begin > 1) call(std::span(begin, end));
    begin = end;
  }
}

}  // namespace shoal::torrent
