#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "metainfo/file_tree.hpp"
#include "storage/file.hpp"

namespace shoal::storage {

/// A file that is open, and who writes to it.
struct OpenPartFile {
  explicit OpenPartFile(File open) : file(std::move(open)) {}

  File file;
  std::mutex writing;
};

/// Keeps the files open that were used last, and those in use. Any thread; waits for no disk, but
/// for the closing of a file.
class OpenPartFiles {
 public:
  static constexpr std::size_t kMost = 64;  ///< and as many as are in use at once

  /// Null when it is not open. It is the one used last now.
  [[nodiscard]] std::shared_ptr<OpenPartFile> find(FileIndex file);
  /// Precondition: it is not kept.
  void keep(FileIndex file, std::shared_ptr<OpenPartFile> open);
  void forget(FileIndex file);

 private:
  struct Kept {
    FileIndex file;
    std::shared_ptr<OpenPartFile> open;
  };

  std::mutex mutex_;
  std::list<Kept> kept_;  // the one used last in front
  std::unordered_map<FileIndex, std::list<Kept>::iterator> by_file_;
};

}  // namespace shoal::storage
