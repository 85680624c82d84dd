#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metainfo/file_tree.hpp"

namespace shoal {

/// A pattern for the paths in a folder, as people know it from their shell: `*` and `?` stand for
/// bytes within an element, `[a-z]` and `[!a-z]` for one of these, `**` also for "/", and `**/` for
/// any number of folders, none too. Everything else stands for itself, and so does what follows a
/// backslash. The time to match is bounded by the lengths of pattern and path, multiplied.
class PathPattern {
 public:
  explicit PathPattern(std::string_view text);

  [[nodiscard]] bool matches(std::string_view path) const;

 private:
  struct Token {
    enum class Kind : char { byte, any, one_of, star, stars, skip_next, folders };
    Kind kind;
    char byte = 0;
    bool negated = false;
    std::string set = {};  // pairs of first and last
  };

  [[nodiscard]] static bool takes(const Token& token, char c);
  void add_token(std::string_view& text);
  /// Those that are reached without a byte.
  void follow(std::vector<bool>& places) const;

  std::vector<Token> tokens_;
};

/// What somebody means who names a part of a folder: a file or link by its path, all that is in a
/// folder (with a "/" at the end or without), or else what the pattern matches, a folder that it
/// matches with all that is in it. In the tree's order; empty where nothing is meant.
[[nodiscard]] std::vector<FileIndex> select(const FileTree& tree, std::string_view part);

}  // namespace shoal
