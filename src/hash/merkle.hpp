#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <shoal/digest.hpp>

/// BEP 52 Merkle trees. Level 0 holds the leaves, one a 16-KiB block; a tree of height h has 2^h
/// leaves, those past the content being 32 zero bytes. Everything here is pure.
namespace shoal::merkle {

/// Smallest h with 2^h >= leaves.
[[nodiscard]] int height_for(std::uint64_t leaves);
/// The node at `level` above nothing but padding leaves.
[[nodiscard]] const Digest& pad(int level);
/// Folds nodes that stand at `level`, padded on the right, up to one node at `level + height`.
/// Precondition: nodes.size() <= 2^height.
[[nodiscard]] Digest fold(std::span<const Digest> nodes, int level, int height);

/// What ids 21 to 23 carry: `length` nodes at level `base` from `index`, with proof towards the
/// root.
struct HashRequest {
  Digest root;
  std::uint32_t base = 0;
  std::uint32_t index = 0;
  std::uint32_t length = 0;
  std::uint32_t proof =
      0;  ///< ancestor layers asked for; the lowest log2(length)-1 are implied by the nodes

  bool operator==(const HashRequest&) const = default;
};

/// Uncle hashes that belong to an answer: max(0, proof - (log2(length) - 1)). length 1 counts as k
/// = 0.
[[nodiscard]] std::uint32_t uncle_count(std::uint32_t length, std::uint32_t proof);

/// True when the request can be answered in a tree of that height: a power of two, aligned, inside,
/// proof not past the root, at most 8192 hashes.
[[nodiscard]] bool is_valid(const HashRequest& request, int tree_height);

/// Folds the answer to `request` up as far as it reaches. True when that is the root (and so every
/// hash in it is proven); an answer whose proof stops short of the root proves nothing. `hashes` =
/// the nodes, then the uncles, lowest first.
[[nodiscard]] bool proves(const HashRequest& request, std::span<const Digest> hashes,
                          int tree_height);

/// The upper part of a file's tree: all nodes from the piece layer to the root. Proven by
/// construction or not made.
class LayerTree {
 public:
  /// From a whole piece layer (`nodes` at `level`, padding left out). Nothing when it does not fold
  /// to `root`.
  [[nodiscard]] static std::optional<LayerTree> build(std::vector<Digest> nodes, int level,
                                                      int tree_height, const Digest& root);

  [[nodiscard]] int level() const { return level_; }
  [[nodiscard]] int tree_height() const { return tree_height_; }
  [[nodiscard]] const Digest& root() const;
  /// The piece layer, without padding.
  [[nodiscard]] std::span<const Digest> layer() const { return levels_.front(); }
  /// Node at `level` (from this tree's level up), padding included.
  [[nodiscard]] const Digest& node(int level, std::uint64_t index) const;

  /// The answer to a valid request with base >= level(): nodes, then uncles.
  [[nodiscard]] std::vector<Digest> answer(const HashRequest& request) const;
  /// The same for base < level() where the nodes lie in one piece: `piece` is the tree over that
  /// piece's leaves. Empty when it is the tree of something else: what is not proven is not served.
  [[nodiscard]] std::vector<Digest> answer_below(const HashRequest& request,
                                                 const LayerTree& piece) const;

 private:
  LayerTree(int level, int tree_height) : level_(level), tree_height_(tree_height) {}

  int level_;
  int tree_height_;
  std::vector<std::vector<Digest>> levels_;  // [0] is the piece layer; stored without padding
};

}  // namespace shoal::merkle
