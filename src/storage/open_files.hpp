#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>

#include "metainfo/file_tree.hpp"
#include "storage/file.hpp"

namespace shoal::storage {

/// The files of a folder that are open at the moment, those used last. Not thread-safe. A file that
/// has to go is handed back, for to close it may take long: do that without a lock.
class OpenFiles {
 public:
  using Handle = std::shared_ptr<const File>;

  /// Precondition: at least one.
  explicit OpenFiles(std::size_t most) : most_(most) {}

  /// Null when it is not open; otherwise it is the one used last.
  [[nodiscard]] Handle find(FileIndex file) {
    const auto place = places_.find(value(file));
    if (place == places_.end()) return nullptr;
    used_.splice(used_.begin(), used_, place->second);
    return place->second->handle;
  }
  /// Precondition: it is not among them. Returns the one that had to go, if any.
  [[nodiscard]] Handle add(FileIndex file, Handle handle) {
    Handle gone;
    if (used_.size() == most_) gone = remove(used_.back().file);
    used_.push_front({file, std::move(handle)});
    places_.emplace(value(file), used_.begin());
    return gone;
  }
  /// Null when it was not open.
  Handle remove(FileIndex file) {
    const auto place = places_.find(value(file));
    if (place == places_.end()) return nullptr;
    Handle handle = std::move(place->second->handle);
    used_.erase(place->second);
    places_.erase(place);
    return handle;
  }

 private:
  struct Opened {
    FileIndex file;
    Handle handle;
  };

  std::size_t most_;
  std::list<Opened> used_;  // the latest first
  std::unordered_map<std::uint32_t, std::list<Opened>::iterator> places_;
};

}  // namespace shoal::storage
