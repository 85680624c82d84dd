#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "base/bitfield.hpp"
#include "metainfo/file_tree.hpp"

/// Disks that take two names for one: FAT, exFAT, NTFS, and those of macOS.
namespace shoal::storage {

/// Whether letters have no case there, as far as the name of that file tells, which is there.
/// Blocking.
[[nodiscard]] bool has_no_case(const std::filesystem::path& file);
/// Two wanted entries of the tree that such a disk may take for one, or where one would be in the
/// other; nothing when there are none. More than one disk is thought of: each of them may tell
/// some apart.
[[nodiscard]] std::optional<std::pair<FileIndex, FileIndex>> taken_for_one(const FileTree& tree,
                                                                           const Bitfield& wanted);
/// The first wanted entry with a name in its path that FAT and NTFS cannot store.
[[nodiscard]] std::optional<FileIndex> with_odd_name(const FileTree& tree, const Bitfield& wanted);

}  // namespace shoal::storage
