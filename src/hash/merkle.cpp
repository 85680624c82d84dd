#include "hash/merkle.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "hash/sha256.hpp"

namespace shoal::merkle {
namespace {

constexpr std::uint32_t kMaxHashes = 8192;  // what libtorrent answers at most

/// log2, rounded down; 0 for 0.
int floor_log2(std::uint32_t value) {
  return static_cast<int>(std::bit_width(std::max(value, 1u))) - 1;
}

/// The parents of nodes that stand at `level`; a missing last sibling is padding.
std::vector<Digest> parents(std::span<const Digest> nodes, int level) {
  std::vector<Digest> above((nodes.size() + 1) / 2);
  const std::size_t pairs = nodes.size() / 2;
  sha256_pairs(nodes.first(2 * pairs), std::span(above).first(pairs));
  if (pairs < above.size()) above.back() = sha256_pair(nodes.back(), pad(level));
  return above;
}

/// `nodes` and all levels above them, `height` of them, padding left out.
std::vector<std::vector<Digest>> grow(std::vector<Digest> nodes, int level, int height) {
  std::vector<std::vector<Digest>> levels{std::move(nodes)};
  for (int i = 0; i < height; ++i) levels.push_back(parents(levels.back(), level + i));
  return levels;
}

/// The nodes a request names, then its uncles; `node_at(level, index)` knows them all.
template <class NodeAt>
std::vector<Digest> collect(const HashRequest& request, const NodeAt& node_at) {
  const int base = static_cast<int>(request.base);
  const int height = floor_log2(request.length);
  const int uncles = static_cast<int>(uncle_count(request.length, request.proof));
  std::vector<Digest> hashes;
  hashes.reserve(std::size_t{request.length} + static_cast<std::size_t>(uncles));
  for (std::uint64_t i = 0; i < request.length; ++i) {
    hashes.push_back(node_at(base, request.index + i));
  }
  std::uint64_t position = request.index >> height;
  for (int i = 0; i < uncles; ++i) {
    hashes.push_back(node_at(base + height + i, position ^ 1));
    position /= 2;
  }
  return hashes;
}

}  // namespace

int height_for(std::uint64_t leaves) {
  return leaves <= 1 ? 0 : static_cast<int>(std::bit_width(leaves - 1));
}

const Digest& pad(int level) {
  static const auto pads = [] {
    std::array<Digest, 64> nodes{};
    for (std::size_t i = 1; i < nodes.size(); ++i) {
      nodes[i] = sha256_pair(nodes[i - 1], nodes[i - 1]);
    }
    return nodes;
  }();
  return pads[static_cast<std::size_t>(level)];
}

Digest fold(std::span<const Digest> nodes, int level, int height) {
  if (nodes.empty()) return pad(level + height);
  std::vector<Digest> folded(nodes.begin(), nodes.end());
  for (int i = 0; i < height; ++i) folded = parents(folded, level + i);
  return folded.front();
}

std::uint32_t uncle_count(std::uint32_t length, std::uint32_t proof) {
  const std::int64_t uncles = std::int64_t{proof} - (floor_log2(length) - 1);
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(uncles, 0, std::numeric_limits<std::uint32_t>::max()));
}

bool is_valid(const HashRequest& request, int tree_height) {
  const auto height = static_cast<std::uint32_t>(tree_height);
  if (request.base >= height || request.proof > height - request.base - 1) return false;
  if (!std::has_single_bit(request.length) || request.length > kMaxHashes) return false;
  if (request.index % request.length != 0) return false;
  const std::uint64_t end = std::uint64_t{request.index} + request.length;
  return end <= std::uint64_t{1} << (height - request.base);
}

bool proves(const HashRequest& request, std::span<const Digest> hashes, int tree_height) {
  if (!is_valid(request, tree_height)) return false;
  const std::uint32_t uncles = uncle_count(request.length, request.proof);
  if (hashes.size() != std::size_t{request.length} + uncles) return false;
  const int height = floor_log2(request.length);
  const int base = static_cast<int>(request.base);
  if (base + height + static_cast<int>(uncles) != tree_height) return false;

  Digest node = fold(hashes.first(request.length), base, height);
  std::uint32_t position = request.index >> height;
  for (const Digest& uncle : hashes.subspan(request.length)) {
    node = position % 2 != 0 ? sha256_pair(uncle, node) : sha256_pair(node, uncle);
    position /= 2;
  }
  return node == request.root;
}

std::optional<LayerTree> LayerTree::build(std::vector<Digest> nodes, int level, int tree_height,
                                          const Digest& root) {
  if (nodes.empty() || level < 0 || level > tree_height) return std::nullopt;
  if (height_for(nodes.size()) > tree_height - level) return std::nullopt;
  LayerTree tree(level, tree_height);
  tree.levels_ = grow(std::move(nodes), level, tree_height - level);
  if (tree.root() != root) return std::nullopt;
  return tree;
}

const Digest& LayerTree::root() const {
  return levels_.back().front();
}

const Digest& LayerTree::node(int level, std::uint64_t index) const {
  const auto& nodes = levels_[static_cast<std::size_t>(level - level_)];
  return index < nodes.size() ? nodes[index] : pad(level);
}

std::vector<Digest> LayerTree::answer(const HashRequest& request) const {
  return collect(request, [this](int level, std::uint64_t index) { return node(level, index); });
}

std::vector<Digest> LayerTree::answer_below(const HashRequest& request,
                                            const LayerTree& piece) const {
  const std::uint64_t first_leaf = std::uint64_t{request.index} << request.base;
  const std::uint64_t number = first_leaf >> level_;
  if (piece.level() != 0 || piece.tree_height() != level_ || piece.root() != node(level_, number)) {
    return {};
  }
  return collect(request, [&](int level, std::uint64_t index) {
    if (level >= level_) return node(level, index);
    return piece.node(level, index - (number << (level_ - level)));
  });
}

}  // namespace shoal::merkle
