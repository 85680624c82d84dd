#include "torrent/content/piece_layers.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {
namespace {

/// The root is its own layer.
merkle::LayerTree layer_of_one_piece(const FileOfPieces& file) {
  const int height = file.geometry.tree_height();
  return *merkle::LayerTree::build({file.root}, height, height, file.root);
}

}  // namespace

void PieceLayers::set(merkle::LayerTree layer) {
  const Digest root = layer.root();
  trees_.insert_or_assign(root, std::move(layer));
}

Digest PieceLayers::node(PieceIndex piece) const {
  const FileOfPieces file = space_.file_of(piece);
  if (file.geometry.pieces() == 1) return file.root;
  const merkle::LayerTree& layer = trees_.at(file.root);
  return layer.node(layer.level(), value(file.in_file(piece)));
}

const merkle::LayerTree* PieceLayers::find(const Digest& root) const {
  const auto found = trees_.find(root);
  return found == trees_.end() ? nullptr : &found->second;
}

std::optional<FileOfPieces> PieceLayers::file_of(const Digest& root) const {
  if (!space_.tree()) {
    auto file = space_.file(FileIndex{0});
    return file->root == root ? file : std::nullopt;
  }
  const auto found = first_with(root);
  if (found == by_root_.end() || root_of(*found) != root) return std::nullopt;
  return space_.file(FileIndex{*found});
}

std::vector<FileOfPieces> PieceLayers::files_of(const Digest& root) const {
  std::vector<FileOfPieces> files;
  if (!space_.tree()) {
    if (const auto file = file_of(root)) files.push_back(*file);
    return files;
  }
  for (auto i = first_with(root); i != by_root_.end() && root_of(*i) == root; ++i) {
    files.push_back(*space_.file(FileIndex{*i}));
  }
  return files;
}

std::vector<std::uint32_t>::const_iterator PieceLayers::first_with(const Digest& root) const {
  if (by_root_.empty()) sort_by_root();
  return std::ranges::lower_bound(by_root_, root, {},
                                  [&](std::uint32_t i) -> const Digest& { return root_of(i); });
}

std::vector<PieceIndex> PieceLayers::pieces_of(const merkle::HashRequest& request) const {
  const auto file = file_of(request.root);
  if (!file || !merkle::is_valid(request, file->geometry.tree_height())) return {};
  const int levels_below = file->geometry.fold_height() - static_cast<int>(request.base);
  if (levels_below < 0 || request.length > 1u << levels_below) return {};
  const auto piece = file->geometry.piece(std::uint64_t{request.index} >> levels_below);
  if (!piece) return {};
  std::vector<PieceIndex> pieces;
  for (const FileOfPieces& one : files_of(request.root)) pieces.push_back(one.in_torrent(*piece));
  return pieces;
}

void PieceLayers::sort_by_root() const {
  const FileTree& tree = *space_.tree();
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    if (tree[FileIndex{i}].root != nullptr) by_root_.push_back(i);
  }
  std::ranges::sort(by_root_, {},
                    [&](std::uint32_t i) { return std::pair(*tree[FileIndex{i}].root, i); });
}

std::vector<Digest> PieceLayers::answer(const FileOfPieces& file,
                                        const merkle::HashRequest& request) const {
  if (const auto* layer = find(file.root)) return layer->answer(request);
  return layer_of_one_piece(file).answer(request);
}

std::vector<Digest> PieceLayers::answer_below(const FileOfPieces& file,
                                              const merkle::HashRequest& request,
                                              const merkle::LayerTree& leaves) const {
  if (const auto* layer = find(file.root)) return layer->answer_below(request, leaves);
  return layer_of_one_piece(file).answer_below(request, leaves);
}

}  // namespace shoal::torrent
