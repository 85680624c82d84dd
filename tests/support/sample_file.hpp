#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/file_info.hpp>

#include "base/bytes.hpp"
#include "hash/merkle.hpp"
#include "hash/sha256.hpp"
#include "metainfo/geometry.hpp"
#include "torrent/content/content.hpp"

namespace shoal::test {

/// A file in memory, and all there is to know of it. Its blocks are all different.
class SampleFile {
 public:
  SampleFile(std::uint64_t length, std::uint32_t piece_length)
      : geometry_(*Geometry::make(length, piece_length)), bytes_(length) {
    std::mt19937 random(static_cast<std::uint32_t>(length));
    for (std::size_t at = 0; at < bytes_.size(); at += 64) {
      bytes_[at] = static_cast<std::byte>(random());
      if (at + 1 < bytes_.size()) bytes_[at + 1] = static_cast<std::byte>(random());
    }
    for (std::uint32_t i = 0; i < geometry_.pieces(); ++i) {
      nodes_.push_back(merkle::fold(leaves(PieceIndex{i}), 0, geometry_.fold_height()));
    }
    const int level = geometry_.fold_height();
    info_ = {.name = "sample.bin",
             .length = length,
             .piece_length = piece_length,
             .root = merkle::fold(nodes_, level, geometry_.tree_height() - level)};
  }

  [[nodiscard]] const Geometry& geometry() const { return geometry_; }
  [[nodiscard]] const FileInfo& info() const { return info_; }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] BytesView block(BlockRef block) const {
    return BytesView(bytes_).subspan(geometry_.offset(block), geometry_.size(block));
  }
  [[nodiscard]] Digest leaf(BlockRef ref) const { return sha256(block(ref)); }
  [[nodiscard]] std::vector<Digest> leaves(PieceIndex piece) const {
    std::vector<Digest> leaves;
    for (std::uint32_t i = 0; i < geometry_.blocks(piece); ++i) leaves.push_back(leaf({piece, i}));
    return leaves;
  }
  /// Over the leaves of that piece.
  [[nodiscard]] merkle::LayerTree tree_of(PieceIndex piece) const {
    return *merkle::LayerTree::build(leaves(piece), 0, geometry_.fold_height(),
                                     nodes_[value(piece)]);
  }
  [[nodiscard]] merkle::LayerTree layers() const {
    auto tree = merkle::LayerTree::build(nodes_, geometry_.fold_height(), geometry_.tree_height(),
                                         info_.root);
    if (!tree) throw std::logic_error("the sample's layer does not fold to its root");
    return *std::move(tree);
  }

  /// Nothing of it is here, not even the layer (but for one piece).
  [[nodiscard]] torrent::Content missing() const { return {info_, geometry_}; }
  /// The layer and these pieces are here.
  [[nodiscard]] torrent::Content with(std::span<const std::uint32_t> pieces) const {
    torrent::Content content = missing();
    content.set_layer(layers());
    for (const std::uint32_t piece : pieces) content.add(PieceIndex{piece});
    return content;
  }
  [[nodiscard]] torrent::Content whole() const {
    torrent::Content content = with({});
    content.add_all();
    return content;
  }

 private:
  Geometry geometry_;
  Bytes bytes_;
  std::vector<Digest> nodes_;  // of the pieces
  FileInfo info_;
};

}  // namespace shoal::test
