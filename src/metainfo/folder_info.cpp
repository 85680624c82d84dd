#include "metainfo/folder_info.hpp"

#include <algorithm>
#include <string>

#include "metainfo/file_tree.hpp"
#include "metainfo/tree_dictionary.hpp"

namespace shoal {

Result<void> check_folder(const FileInfo& folder) {
  if (auto name = check_element(folder.name); !name)
    return fail(Errc::bad_name, std::move(name).error().message);
  const auto [files, dictionary] = *folder.folder;
  if (files == 0 || files > kMaxFilesOfTree)
    return fail(Errc::bad_input, "a folder has 1 to " + std::to_string(kMaxFilesOfTree) +
                                     " files, not " + std::to_string(files));
  if (dictionary == 0 || dictionary > kMaxTreeDictionary)
    return fail(Errc::bad_input, "the info dictionary of a folder has 1 to " +
                                     std::to_string(kMaxTreeDictionary) + " bytes, not " +
                                     std::to_string(dictionary));
  // That of zeros stands for everything where a host withdraws.
  if (folder.root == Digest{}) return fail(Errc::bad_input, "an info hash of zeros is nobody's");
  // As many pieces as one file of that length has, or more.
  auto geometry = Geometry::make(std::max<std::uint64_t>(folder.length, 1), folder.piece_length);
  if (!geometry) return std::unexpected(std::move(geometry).error());
  return {};
}

}  // namespace shoal
