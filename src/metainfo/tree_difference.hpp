#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metainfo/file_tree.hpp"

namespace shoal {

/// In which files and links one folder differs from another.
struct TreeDifference {
  static constexpr std::size_t kMostNamed = 3;

  struct Kind {
    std::uint32_t count = 0;
    std::vector<std::string> first;  ///< paths, in the tree's order; the first few

    bool operator==(const Kind&) const = default;
  };
  Kind added;    ///< paths that only the second has
  Kind removed;  ///< that only the first has
  Kind changed;  ///< of other content, another target, or executable in one of them

  [[nodiscard]] bool none() const {
    return added.count == 0 && removed.count == 0 && changed.count == 0;
  }
  bool operator==(const TreeDifference&) const = default;
};

/// What became of `before`, as `now` has it. Takes a look at each entry of both.
[[nodiscard]] TreeDifference difference(const FileTree& before, const FileTree& now);

/// For people: `2 added ("a", "b") and 1 changed ("c")`; where the files are the same, in what else
/// the folders differ.
[[nodiscard]] std::string in_words(const TreeDifference& difference);

}  // namespace shoal
