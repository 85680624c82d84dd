#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "metainfo/file_tree.hpp"

namespace shoal {

/// What stock clients (libtorrent 2.0) store under other names than those in the tree.
struct StockNames {
  static constexpr std::size_t kMostTold = 3;

  std::size_t changed = 0;         ///< files and links
  std::vector<std::string> first;  ///< their paths, kMostTold at most
};

/// Names of more than 240 bytes are cut, marks of the writing direction are taken out, and of two
/// that differ in the case of ASCII letters only one gets a number. So they store them, and cannot
/// offer them from where they are.
[[nodiscard]] StockNames stock_names(const FileTree& tree);

}  // namespace shoal
