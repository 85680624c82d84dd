#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/error.hpp>

#include "metainfo/file_tree.hpp"

namespace shoal::session {

/// The entries of a folder that these parts mean, all of them when there are none; in the tree's
/// order. Errc::no_part for a part that means nothing, with what it may have meant.
[[nodiscard]] Result<std::vector<FileIndex>> select_parts(const FileTree& tree,
                                                          std::span<const std::string> parts);

/// What people type for a part of a folder: "photos/2024" is "2024" of "photos". A name alone has
/// no part, and so has "photos/".
struct NameAndPart {
  std::string name;
  std::string part;
};
[[nodiscard]] NameAndPart split_name(std::string_view typed);

}  // namespace shoal::session
