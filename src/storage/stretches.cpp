#include "storage/stretches.hpp"

#include <utility>

#include "hash/merkle.hpp"

namespace shoal::storage {
namespace {

// To try the ways of reading costs up to a millisecond, of some ten that this much takes.
constexpr std::uint64_t kWorthTryingBoth = std::uint64_t{32} << 20;

std::uint64_t divide_up(std::uint64_t total, std::uint64_t part) {
  return total / part + (total % part != 0 ? 1 : 0);
}

}  // namespace

void fold_each(std::span<const Digest> nodes, int level, int height, std::span<Digest> out) {
  const std::size_t width = std::size_t{1} << height;
  for (Digest& node : out) {
    const auto group = nodes.first(std::min(width, nodes.size()));
    node = merkle::fold(group, level, height);
    nodes = nodes.subspan(group.size());
  }
}

Stretches::Stretches(const Geometry& geometry)
    : geometry_(geometry),
      nodes_(divide_up(geometry.length(), std::uint64_t{kBlockLength} << node_height())) {}

std::uint64_t Stretches::count() const {
  return divide_up(geometry_.length(), kBytes);
}

std::uint64_t Stretches::bytes(std::uint64_t stretch) const {
  return std::min(kBytes, geometry_.length() - stretch * kBytes);
}

LeafReader Stretches::reader() {
  return LeafReader(geometry_.length(), geometry_.length() >= kWorthTryingBoth ? &way_ : nullptr);
}

void Stretches::fold(std::uint64_t stretch, std::span<const Digest> leaves) {
  const int height = node_height();
  const std::uint64_t node_bytes = std::uint64_t{kBlockLength} << height;
  fold_each(leaves, 0, height,
            std::span(nodes_).subspan(stretch * kBytes / node_bytes,
                                      divide_up(bytes(stretch), node_bytes)));
}

std::vector<Digest> Stretches::layer() && {
  const int height = node_height();
  fold_each(nodes_, height, geometry_.fold_height() - height,
            std::span(nodes_).first(geometry_.pieces()));
  nodes_.resize(geometry_.pieces());
  nodes_.shrink_to_fit();
  return std::move(nodes_);
}

}  // namespace shoal::storage
