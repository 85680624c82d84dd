#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/file_tree.hpp"
#include "storage/file.hpp"
#include "storage/folder_walk.hpp"
#include "storage/layer_cache.hpp"

/// The hashes of all files in a folder: what it is offered by.
namespace shoal::storage {

struct FolderHashing {
  unsigned threads = 1;  ///< the caller's is one of them
  Links links = Links::leave_out;
  const LayerCache* cache = nullptr;  ///< may be null; outlives the call
  std::uint32_t piece_length = 0;     ///< 0: piece_length_for() the lengths of the files
  /// How many bytes and files there are; once, before the first is read. Empty files count, links
  /// do not.
  std::function<void(std::uint64_t bytes, std::uint64_t files)> on_found = {};
  /// The bytes and files that were hashed, or found in the cache, since the last call; from any
  /// hashing thread, also from several at once. All calls together make what on_found() was told.
  std::function<void(std::uint64_t bytes, std::uint64_t files)> progress = {};
  std::stop_token stop = {};
};

/// The piece layer of a file that is longer than a piece.
struct FileLayer {
  Digest root;
  std::vector<Digest> nodes;

  bool operator==(const FileLayer&) const = default;
};

struct HashedFolder {
  std::shared_ptr<const FileTree> tree;
  /// What each file was when it was read, by FileIndex; of links as if nothing were there.
  std::vector<FileVersion> versions;
  std::vector<FileLayer> layers;  ///< by root, each once, however many files have it
  /// See FoundFolder.
  std::vector<std::string> left_out;
  std::size_t left_out_count = 0;
};

/// Walks the folder and hashes its files in the order of the tree; links in it are not followed.
/// Blocking; a MiB of memory a thread besides the result, a descriptor a thread and one for each
/// level of folders. Errors name the path: what walk_folder() refuses, what may not be read, and
/// what was changed, replaced or taken away meanwhile (Errc::io); more pieces than a tree may have
/// (Errc::bad_input), before anything is read. Errc::cancelled after a stop request. No thread is
/// left when it returns; an exception from `progress` becomes an error.
[[nodiscard]] Result<HashedFolder> hash_folder(const std::filesystem::path& folder,
                                               std::string name, const FolderHashing& how);

}  // namespace shoal::storage
