#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/file_tree.hpp"
#include "metainfo/name.hpp"
#include "storage/part_folder.hpp"

/// What was fetched of a folder before it changed, and was not finished. All of it blocks.
namespace shoal::storage {

/// DIR/NAME.01234567.part/, with its dictionary beside it, of this user.
struct OtherVersion {
  std::filesystem::path part_path;
  std::filesystem::path info_path;
  InfoHash hash;
  std::shared_ptr<const FileTree> tree;
};

/// Of folders of that name in that directory, all but `wanted`, and but those that somebody fills
/// now; the first few.
[[nodiscard]] std::vector<OtherVersion> other_versions(const std::filesystem::path& directory,
                                                       const FileName& name,
                                                       const InfoHash& wanted);

/// So many files were found there, and so many bytes are stored of them.
struct TakenOver {
  std::uint32_t files = 0;
  std::uint64_t bytes = 0;
};
/// Copies to `folder` what it has nothing of: files of the same content by their roots, as far as
/// they have come there. Nothing of that is proven: it is to be hashed, as what an interrupted
/// download has left. `files`: those of `tree` that may be copied. A file that cannot be copied is
/// passed over. Errc::cancelled after a stop request.
[[nodiscard]] Result<TakenOver> take_over(const OtherVersion& other, PartFolder& folder,
                                          const FileTree& tree, std::span<const FileIndex> files,
                                          const std::stop_token& stop);

}  // namespace shoal::storage
