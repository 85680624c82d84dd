#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <shoal/digest.hpp>

#include "metainfo/file_tree.hpp"
#include "metainfo/geometry.hpp"

namespace shoal {

/// A file, and which of a torrent's pieces are its own. What is asked and proven by hashes counts
/// pieces and leaves from the file's beginning (BEP 52).
struct FileOfPieces {
  FileIndex file{};
  std::uint32_t first_piece = 0;
  Geometry geometry;
  Digest root;

  /// The number of that piece of the torrent in the file.
  [[nodiscard]] PieceIndex in_file(PieceIndex piece) const {
    return PieceIndex{value(piece) - first_piece};
  }
  [[nodiscard]] PieceIndex in_torrent(PieceIndex piece) const {
    return PieceIndex{value(piece) + first_piece};
  }
};

/// The pieces of a torrent: those of its file, or of a folder's files one behind the other, each
/// file beginning with a piece of its own (BEP 52). A piece, and so a block, is of one file.
/// Untrusted numbers become PieceIndex and BlockRef here only.
class PieceSpace {
 public:
  /// Converts by itself, since a file is such a space: what works on pieces takes either.
  PieceSpace(const Geometry& file, const Digest& root = {});  // NOLINT(google-explicit-constructor)
  /// Precondition: some file in it is not empty.
  explicit PieceSpace(std::shared_ptr<const FileTree> tree);

  [[nodiscard]] std::uint32_t pieces() const { return pieces_; }
  [[nodiscard]] std::uint64_t length() const { return length_; }  ///< bytes, of all files
  [[nodiscard]] std::uint32_t piece_length() const { return piece_length_; }
  [[nodiscard]] std::uint32_t blocks_per_piece() const { return piece_length_ / kBlockLength; }

  [[nodiscard]] std::optional<PieceIndex> piece(std::uint64_t index) const;
  /// A block as requests name it; nothing unless `begin` starts a block of that piece and `length`
  /// is that block's length, or 16384 for the last block of a file (libtorrent 2.0.4 to 2.0.12 pad
  /// it; notes, trap T1).
  [[nodiscard]] std::optional<BlockRef> block(std::uint64_t index, std::uint64_t begin,
                                              std::uint64_t length) const;

  [[nodiscard]] std::uint32_t size(PieceIndex piece) const;  ///< a file's last may be shorter
  [[nodiscard]] std::uint32_t blocks(PieceIndex piece) const;
  [[nodiscard]] std::uint32_t size(BlockRef block) const;  ///< a file's last may be shorter
  /// Height that the leaves of that piece fold to.
  [[nodiscard]] int fold_height(PieceIndex piece) const {
    return file_of(piece).geometry.fold_height();
  }

  /// The one file or the entries of the folder; what is empty or a link has no pieces.
  [[nodiscard]] std::uint32_t files() const { return tree_ ? tree_->size() : 1; }
  [[nodiscard]] FileOfPieces file_of(PieceIndex piece) const;
  /// Nothing for what has no pieces.
  [[nodiscard]] std::optional<FileOfPieces> file(FileIndex file) const;
  /// Null for a single file.
  [[nodiscard]] const std::shared_ptr<const FileTree>& tree() const { return tree_; }

 private:
  /// Where a piece begins in its file, and how long that is.
  struct Place {
    std::uint64_t offset;
    std::uint64_t length;
  };
  [[nodiscard]] Place place(PieceIndex piece) const;

  std::uint64_t length_;
  std::uint32_t piece_length_;
  std::uint32_t pieces_;
  Digest root_{};  // of the one file
  std::shared_ptr<const FileTree> tree_;
};

}  // namespace shoal
