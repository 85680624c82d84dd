#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

namespace shoal {

inline constexpr std::uint32_t kBlockLength = 16384;  // Merkle leaf and largest request (BEP 52)
inline constexpr std::uint32_t kMinPieceLength = kBlockLength;
inline constexpr std::uint32_t kMaxPieceLength =
    128u << 20;  // libtorrent answers at most 8192 leaves at once
inline constexpr std::uint64_t kMaxFileLength = 1ull << 48;  // 256 TiB
inline constexpr std::uint32_t kMaxPieces =
    1u << 21;  // bounds what is kept for each; as many as libtorrent takes

/// The piece length everybody uses for a file of this length: a pure function, so that equal
/// content under an equal name always meets in one swarm. The smallest power of two that makes at
/// most 1024 pieces, 16 MiB where that makes more, and the next larger one without n mod 512 == 1
/// pieces (n > 512), which stock clients cannot fetch from each other, up to kMaxPieceLength. Above
/// 32 TiB, of which 16 MiB would make more than kMaxPieces, 32 to 128 MiB take its place. For
/// lengths up to 16 MiB above a multiple of 64 GiB there is none: they stay at that, and Shoal's
/// own seeders serve them to every client (docs/decisions/0003).
[[nodiscard]] std::uint32_t piece_length_for(std::uint64_t length);

/// The same for files of these lengths in one folder: that of the longest, or the next larger one
/// while any of them has a number of pieces that stock clients cannot fetch from each other (up to
/// kMaxPieceLength), or all together have more than a million (up to 16 MiB).
[[nodiscard]] std::uint32_t piece_length_for(std::span<const std::uint64_t> lengths);

/// A piece number that was checked against a Geometry.
enum class PieceIndex : std::uint32_t {};
[[nodiscard]] constexpr std::uint32_t value(PieceIndex piece) {
  return static_cast<std::uint32_t>(piece);
}

/// A block number within a file (not within a piece), checked likewise.
struct BlockRef {
  PieceIndex piece{};
  std::uint32_t block = 0;  ///< within the piece

  auto operator<=>(const BlockRef&) const = default;
};

/// All piece and block arithmetic of one non-empty file. Untrusted numbers become PieceIndex and
/// BlockRef here only.
class Geometry {
 public:
  /// Error when the lengths are outside what Shoal handles (zero, not a power of two, too many
  /// pieces).
  [[nodiscard]] static Result<Geometry> make(std::uint64_t length, std::uint32_t piece_length);

  [[nodiscard]] std::uint64_t length() const { return length_; }
  [[nodiscard]] std::uint32_t piece_length() const { return piece_length_; }
  [[nodiscard]] std::uint32_t pieces() const { return pieces_; }
  [[nodiscard]] std::uint64_t blocks() const;            ///< leaves in the file
  [[nodiscard]] std::uint32_t blocks_per_piece() const;  ///< of a whole piece
  [[nodiscard]] int piece_level() const;                 ///< P = log2(piece length / block)
  [[nodiscard]] int tree_height() const;                 ///< H

  [[nodiscard]] std::optional<PieceIndex> piece(std::uint64_t index) const;
  /// A block as requests name it; nothing unless `begin` starts a block of that piece and `length`
  /// is that block's length, or 16384 for the file's last block (libtorrent 2.0.4 to 2.0.12 pad it;
  /// notes, trap T1).
  [[nodiscard]] std::optional<BlockRef> block(std::uint64_t index, std::uint64_t begin,
                                              std::uint64_t length) const;

  [[nodiscard]] std::uint64_t offset(PieceIndex piece) const;  ///< in the file
  [[nodiscard]] std::uint32_t size(PieceIndex piece) const;    ///< the last piece may be shorter
  [[nodiscard]] std::uint32_t blocks(PieceIndex piece) const;
  [[nodiscard]] std::uint64_t offset(BlockRef block) const;  ///< in the file
  [[nodiscard]] std::uint32_t size(BlockRef block) const;  ///< the file's last block may be shorter
  /// Height that the leaves of a piece fold to: piece_level(), or tree_height() for a file of one
  /// piece.
  [[nodiscard]] int fold_height() const { return pieces_ == 1 ? tree_height() : piece_level(); }

  bool operator==(const Geometry&) const = default;

 private:
  Geometry(std::uint64_t length, std::uint32_t piece_length, std::uint32_t pieces)
      : length_(length), piece_length_(piece_length), pieces_(pieces) {}

  std::uint64_t length_;
  std::uint32_t piece_length_;
  std::uint32_t pieces_;
};

}  // namespace shoal
