#include "metainfo/piece_space.hpp"

#include <algorithm>
#include <utility>

namespace shoal {

PieceSpace::PieceSpace(const Geometry& file, const Digest& root)
    : length_(file.length()),
      piece_length_(file.piece_length()),
      pieces_(file.pieces()),
      root_(root) {}

PieceSpace::PieceSpace(std::shared_ptr<const FileTree> tree)
    : length_(tree->total_length()),
      piece_length_(tree->piece_length()),
      pieces_(tree->pieces()),
      tree_(std::move(tree)) {}

std::optional<PieceIndex> PieceSpace::piece(std::uint64_t index) const {
  if (index >= pieces_) return std::nullopt;
  return PieceIndex{static_cast<std::uint32_t>(index)};
}

std::optional<BlockRef> PieceSpace::block(std::uint64_t index, std::uint64_t begin,
                                          std::uint64_t length) const {
  const auto checked = piece(index);
  if (!checked || begin % kBlockLength != 0) return std::nullopt;
  const std::uint32_t whole = size(*checked);
  if (begin >= whole) return std::nullopt;
  // Only a file's last block can be shorter, so a padded request is one of the full length.
  const std::uint64_t own = std::min<std::uint64_t>(kBlockLength, whole - begin);
  if (length != own && length != kBlockLength) return std::nullopt;
  return BlockRef{*checked, static_cast<std::uint32_t>(begin / kBlockLength)};
}

PieceSpace::Place PieceSpace::place(PieceIndex piece) const {
  if (!tree_) return {std::uint64_t{value(piece)} * piece_length_, length_};
  const FileTree::View file = (*tree_)[tree_->file_of(value(piece))];
  return {std::uint64_t{value(piece) - file.first_piece} * piece_length_, file.length};
}

std::uint32_t PieceSpace::size(PieceIndex piece) const {
  const Place at = place(piece);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(piece_length_, at.length - at.offset));
}

std::uint32_t PieceSpace::blocks(PieceIndex piece) const {
  return (size(piece) + kBlockLength - 1) / kBlockLength;
}

std::uint32_t PieceSpace::size(BlockRef block) const {
  return std::min(kBlockLength, size(block.piece) - block.block * kBlockLength);
}

FileOfPieces PieceSpace::file_of(PieceIndex piece) const {
  return *file(tree_ ? tree_->file_of(value(piece)) : FileIndex{0});
}

std::optional<FileOfPieces> PieceSpace::file(FileIndex index) const {
  if (!tree_) return FileOfPieces{index, 0, *Geometry::make(length_, piece_length_), root_};
  const FileTree::View file = (*tree_)[index];
  if (file.root == nullptr) return std::nullopt;
  return FileOfPieces{index, file.first_piece, *Geometry::make(file.length, piece_length_),
                      *file.root};
}

}  // namespace shoal
