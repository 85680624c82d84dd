#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include <shoal/error.hpp>

#include "metainfo/file_tree.hpp"
#include "storage/descriptor.hpp"
#include "storage/file.hpp"
#include "storage/layer_cache.hpp"
#include "storage/open_files.hpp"

namespace shoal::storage {

/// A folder that was hashed and is offered: reads its files, with few of them open at a time, and
/// sees what becomes of them. No link in it is followed. Any thread; none waits for the disk of
/// another.
class OfferedFolder {
 public:
  /// `versions` of hash_folder(). At most `most_open` files are kept open, besides those that
  /// callers hold; and the folder itself. The folder that is at `path` now is the one that is read.
  OfferedFolder(std::filesystem::path path, std::shared_ptr<const FileTree> tree,
                std::vector<FileVersion> versions, std::size_t most_open = 64);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const FileTree& tree() const { return *tree_; }

  /// Blocking. Opens it if it is not open, and sees that it is what was hashed. Errc::io names the
  /// file, and says what became of it. Precondition: a file of the tree, no link.
  [[nodiscard]] Result<std::shared_ptr<const File>> open(FileIndex file);
  /// Null when it is not open at the moment: for the event loop, which must not block.
  [[nodiscard]] std::shared_ptr<const File> opened(FileIndex file) const;

  /// Blocking. What became of the folder as a whole: moved, deleted, replaced. Then nothing in it
  /// is offered any more, though what is open can still be read.
  [[nodiscard]] std::optional<Error> news() const;

  /// A file is not what was hashed.
  struct Change {
    FileIndex file;
    Error news;
  };
  /// Blocking. Looks at `most` files and links, from number `next` on, which it moves, and back to
  /// 0 at the end; a system call for each file and few for each folder. Each change is told once.
  /// What nobody can tell, for want of rights, say, is none.
  [[nodiscard]] std::vector<Change> look(std::uint32_t& next, std::uint32_t most);

  /// look() found files of which nothing tells of a change but the time of the last one (see
  /// Sighting): prove_next() is to read them again.
  [[nodiscard]] bool in_doubt() const;
  /// Blocking. Reads one of those from end to end, and tells when it is not what was hashed. What
  /// cannot be read now, or after a stop request, is in doubt again when look() comes by.
  [[nodiscard]] std::optional<Change> prove_next(const std::stop_token& stop);

  /// Blocking. What the disk has of that file is not what was hashed, though nothing tells of a
  /// change: it is read when the folder is hashed the next time, whatever the cache knows.
  void forget(FileIndex file, const LayerCache& cache) const;

 private:
  [[nodiscard]] Error news_of(FileIndex file, const std::string& what) const;
  [[nodiscard]] FileVersion version_of_hashed(FileIndex file) const;
  [[nodiscard]] Result<File> open_anew(FileIndex file) const;
  [[nodiscard]] Result<bool> prove(FileIndex file, const std::stop_token& stop);
  void see(FileIndex file, int folder, const std::string& name, std::vector<Change>& changes);
  void lose(FileIndex file, const std::string& what, std::vector<Change>& changes);

  std::filesystem::path path_;
  std::shared_ptr<const FileTree> tree_;
  Descriptor top_;
  int top_error_;  // errno, where that is not open

  mutable std::mutex mutex_;  // of what follows; never held while the disk is waited for
  std::vector<FileVersion> versions_;
  std::vector<bool> lost_;  // its change was told, or it was never here
  std::set<FileIndex> doubtful_;
  mutable OpenFiles open_;
};

}  // namespace shoal::storage
