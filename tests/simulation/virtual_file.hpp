#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/file_info.hpp>

#include "hash/merkle.hpp"
#include "metainfo/geometry.hpp"
#include "torrent/content/content.hpp"

namespace shoal::simulation {

/// A file without content: the leaf hash of each block is its number, and the tree above is real.
/// So gigabytes take no memory and no hashing, and everything that a Torrent proves is proven.
class VirtualFile {
 public:
  VirtualFile(std::uint64_t length, std::uint32_t piece_length)
      : geometry_(*Geometry::make(length, piece_length)) {
    for (std::uint32_t i = 0; i < geometry_.pieces(); ++i) {
      nodes_.push_back(merkle::fold(leaves(PieceIndex{i}), 0, geometry_.fold_height()));
    }
    const int level = geometry_.fold_height();
    info_ = {.name = "virtual.bin",
             .length = length,
             .piece_length = piece_length,
             .root = merkle::fold(nodes_, level, geometry_.tree_height() - level)};
  }

  [[nodiscard]] const Geometry& geometry() const { return geometry_; }
  [[nodiscard]] const FileInfo& info() const { return info_; }
  /// What stands for the bytes of any block.
  [[nodiscard]] BytesView block(BlockRef block) const {
    return BytesView(zeros_).first(geometry_.size(block));
  }
  [[nodiscard]] Digest leaf(BlockRef block) const {
    const std::uint64_t number =
        std::uint64_t{value(block.piece)} * (geometry_.piece_length() / kBlockLength) +
        block.block + 1;
    Digest digest;
    std::memcpy(digest.bytes.data(), &number, sizeof(number));
    return digest;
  }
  [[nodiscard]] std::vector<Digest> leaves(PieceIndex piece) const {
    std::vector<Digest> leaves;
    for (std::uint32_t i = 0; i < geometry_.blocks(piece); ++i) leaves.push_back(leaf({piece, i}));
    return leaves;
  }
  [[nodiscard]] merkle::LayerTree tree_of(PieceIndex piece) const {
    return *merkle::LayerTree::build(leaves(piece), 0, geometry_.fold_height(),
                                     nodes_[value(piece)]);
  }

  /// Nothing of it is here, not even the layer (but for one piece).
  [[nodiscard]] torrent::Content missing() const { return {info_, geometry_}; }
  [[nodiscard]] torrent::Content with_layer() const {
    torrent::Content content = missing();
    auto tree = merkle::LayerTree::build(nodes_, geometry_.fold_height(), geometry_.tree_height(),
                                         info_.root);
    if (!tree) throw std::logic_error("the layer does not fold to its root");
    content.set_layer(*std::move(tree));
    return content;
  }
  [[nodiscard]] torrent::Content whole() const {
    torrent::Content content = with_layer();
    content.add_all();
    return content;
  }

 private:
  Geometry geometry_;
  std::array<std::byte, kBlockLength> zeros_{};
  std::vector<Digest> nodes_;  // of the pieces
  FileInfo info_;
};

}  // namespace shoal::simulation
