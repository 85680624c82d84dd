#include "check.hpp"
#include "metainfo/path_pattern.hpp"
#include "metainfo/tree_dictionary.hpp"

using namespace shoal;

// What a foreign dictionary says of a folder keeps to our rules for paths, every piece has its
// file, and our canonical dictionary says the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tree = parse_tree_dictionary(fuzz::view(data, size));
  if (!tree) return 0;
  std::uint32_t pieces = 0;
  for (std::uint32_t i = 0; i < tree->size(); ++i) {
    const FileTree::View file = (*tree)[FileIndex{i}];
    fuzz::check(check_path(file.path).has_value());
    fuzz::check(tree->find(file.path) == FileIndex{i});
    fuzz::check(file.first_piece == pieces);
    if (file.pieces > 0) fuzz::check(tree->file_of(pieces) == FileIndex{i});
    pieces += file.pieces;
    fuzz::check(!select(*tree, file.path).empty());
  }
  fuzz::check(pieces == tree->pieces());
  const Bytes canonical = tree_dictionary(*tree);
  const auto again = parse_tree_dictionary(canonical);
  fuzz::check(again && tree_dictionary(*again) == canonical);
  return 0;
}
