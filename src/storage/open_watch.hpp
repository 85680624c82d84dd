#pragma once

#include <cstdint>

#include "storage/file.hpp"

namespace shoal::storage {

/// Tells whether a file was opened by anybody since, and whether somebody who could write it has
/// closed it (inotify): on a local file system surely, elsewhere as far as this machine goes. Our
/// own open file is not counted, unless it is closed.
class OpenWatch {
 public:
  explicit OpenWatch(const File& file);
  ~OpenWatch();
  OpenWatch(const OpenWatch&) = delete;
  OpenWatch& operator=(const OpenWatch&) = delete;

  /// Nobody can tell: the system has no more watches for us, or the file is gone.
  [[nodiscard]] bool blind() const { return descriptor_ < 0; }
  /// Since the last call.
  struct News {
    bool opened = false;
    bool written = false;  ///< or may have been: it was closed by one who could
  };
  [[nodiscard]] News look();
  /// Takes a millisecond, so not on the event loop where that can be helped.
  void close();

 private:
  int descriptor_;
};

}  // namespace shoal::storage
