#pragma once

#include <memory>

#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

#include "base/bytes.hpp"
#include "metainfo/file_tree.hpp"

namespace shoal {

/// What an info dictionary describes.
struct Description {
  FileInfo content;
  std::shared_ptr<const FileTree> tree{};  ///< of a folder; null: a single file
};

/// What a folder is, of which these are the tree and its dictionary.
[[nodiscard]] FileInfo info_of_folder(const FileTree& tree, BytesView dictionary);

/// A dictionary from elsewhere. A folder of nothing but one file is that file, as it is to stock
/// clients. Errors: those of parse_info_dict() and parse_tree_dictionary(); a folder of empty files
/// only. Compare `sha256(bytes)` with the wanted info hash first.
[[nodiscard]] Result<Description> parse_description(BytesView dictionary);
/// The same of what is known to be a folder, whatever is in it.
[[nodiscard]] Result<Description> parse_folder(BytesView dictionary);

}  // namespace shoal
