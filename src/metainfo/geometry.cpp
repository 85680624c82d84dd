#include "metainfo/geometry.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "hash/merkle.hpp"

namespace shoal {
namespace {

constexpr std::uint32_t kMaxUsualPieceLength = 16u << 20;
constexpr std::uint32_t kUsualPieces = 1024;
constexpr std::uint32_t kPiecesPerRequest =
    512;  // nodes of a piece layer that clients ask for at once

constexpr std::uint64_t divide_up(std::uint64_t value, std::uint64_t by) {
  return value / by + (value % by != 0);
}

/// Stock clients ask for a lone last node, and answer that request wrongly (notes, trap T3).
bool leaves_a_lone_node(std::uint64_t length, std::uint32_t piece_length) {
  const std::uint64_t pieces = divide_up(length, piece_length);
  return pieces > kPiecesPerRequest && pieces % kPiecesPerRequest == 1;
}

}  // namespace

std::uint32_t piece_length_for(std::uint64_t length) {
  std::uint32_t usual = kMaxUsualPieceLength;
  while (divide_up(length, usual) > kMaxPieces && usual < kMaxPieceLength) usual *= 2;
  for (std::uint32_t size = kMinPieceLength; size <= kMaxPieceLength; size *= 2) {
    const bool few = size >= usual || divide_up(length, size) <= kUsualPieces;
    if (few && !leaves_a_lone_node(length, size)) return size;
  }
  return usual;
}

std::uint32_t piece_length_for(std::span<const std::uint64_t> lengths) {
  constexpr std::uint64_t kManyPieces = 1u << 20;
  if (lengths.empty()) return kMinPieceLength;
  const auto has_lone_node = [&](std::uint32_t size) {
    return std::ranges::any_of(lengths,
                               [&](auto length) { return leaves_a_lone_node(length, size); });
  };
  const auto has_many = [&](std::uint32_t size) {
    std::uint64_t pieces = 0;  // by saturation: lengths from elsewhere may be anything
    for (const std::uint64_t length : lengths) {
      pieces = std::min(pieces + std::min(divide_up(length, size), kManyPieces), 2 * kManyPieces);
    }
    return pieces > kManyPieces && size < kMaxUsualPieceLength;
  };
  std::optional<std::uint32_t> with_lone_node;
  for (std::uint32_t size = piece_length_for(std::ranges::max(lengths)); size <= kMaxPieceLength;
       size *= 2) {
    if (has_many(size)) continue;
    if (!has_lone_node(size)) return size;
    if (!with_lone_node) with_lone_node = size;
  }
  return with_lone_node.value_or(kMaxUsualPieceLength);
}

Result<Geometry> Geometry::make(std::uint64_t length, std::uint32_t piece_length) {
  if (length == 0 || length > kMaxFileLength) {
    return fail(Errc::bad_input, "a file length of " + std::to_string(length) +
                                     " bytes is outside 1 to " + std::to_string(kMaxFileLength));
  }
  if (!std::has_single_bit(piece_length) || piece_length < kMinPieceLength ||
      piece_length > kMaxPieceLength) {
    return fail(Errc::bad_input, "a piece length of " + std::to_string(piece_length) +
                                     " bytes is not a power of two from " +
                                     std::to_string(kMinPieceLength) + " to " +
                                     std::to_string(kMaxPieceLength));
  }
  const std::uint64_t pieces = divide_up(length, piece_length);
  if (pieces > kMaxPieces) {
    return fail(Errc::bad_input, "a file of " + std::to_string(length) + " bytes has " +
                                     std::to_string(pieces) + " pieces of " +
                                     std::to_string(piece_length) + " bytes, and the most is " +
                                     std::to_string(kMaxPieces));
  }
  return Geometry(length, piece_length, static_cast<std::uint32_t>(pieces));
}

std::uint64_t Geometry::blocks() const {
  return divide_up(length_, kBlockLength);
}

std::uint32_t Geometry::blocks_per_piece() const {
  return piece_length_ / kBlockLength;
}

int Geometry::piece_level() const {
  return std::countr_zero(blocks_per_piece());
}

int Geometry::tree_height() const {
  return merkle::height_for(blocks());
}

std::optional<PieceIndex> Geometry::piece(std::uint64_t index) const {
  if (index >= pieces_) return std::nullopt;
  return PieceIndex{static_cast<std::uint32_t>(index)};
}

std::optional<BlockRef> Geometry::block(std::uint64_t index, std::uint64_t begin,
                                        std::uint64_t length) const {
  const auto checked = piece(index);
  if (!checked || begin % kBlockLength != 0 || begin >= size(*checked)) return std::nullopt;
  const BlockRef block{*checked, static_cast<std::uint32_t>(begin / kBlockLength)};
  // Only the file's last block can be shorter, so a padded request is one of the full length.
  if (length != size(block) && length != kBlockLength) return std::nullopt;
  return block;
}

std::uint64_t Geometry::offset(PieceIndex piece) const {
  return std::uint64_t{value(piece)} * piece_length_;
}

std::uint32_t Geometry::size(PieceIndex piece) const {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(piece_length_, length_ - offset(piece)));
}

std::uint32_t Geometry::blocks(PieceIndex piece) const {
  return static_cast<std::uint32_t>(divide_up(size(piece), kBlockLength));
}

std::uint64_t Geometry::offset(BlockRef block) const {
  return offset(block.piece) + std::uint64_t{block.block} * kBlockLength;
}

std::uint32_t Geometry::size(BlockRef block) const {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(kBlockLength, length_ - offset(block)));
}

}  // namespace shoal
