#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <shoal/error.hpp>

#include "metainfo/file_tree.hpp"
#include "storage/file.hpp"

namespace shoal::storage {

/// A file or link found in a folder. Of a file that has content the root is still to be found.
struct FoundEntry {
  TreeEntry entry;
  FileVersion version;  ///< when it was seen

  [[nodiscard]] bool is_file() const { return entry.kind == TreeEntry::Kind::file; }
  [[nodiscard]] bool has_content() const { return is_file() && entry.length > 0; }

  bool operator==(const FoundEntry&) const = default;
};

struct FoundFolder {
  std::vector<FoundEntry> entries;  ///< in the order of a FileTree
  /// What is not offered, and why, as sentences for people: links that lead out of the folder or
  /// through other links, empty folders. The first kMostTold, and how many there are.
  std::vector<std::string> left_out;
  std::size_t left_out_count = 0;

  static constexpr std::size_t kMostTold = 20;
};

enum class Links : std::uint8_t {
  leave_out,  ///< those that cannot be offered
  refuse      ///< the folder that has one
};

/// All that is below `folder`, which may be a link itself; no link in it is followed. Blocking;
/// a descriptor for each level. Errors name the path: a name that no peer could store, what is
/// neither file nor folder nor link, what may not be read, too many files, or too deep.
/// Errc::cancelled after a stop request.
[[nodiscard]] Result<FoundFolder> walk_folder(const std::filesystem::path& folder, Links links,
                                              const std::stop_token& stop);

}  // namespace shoal::storage
