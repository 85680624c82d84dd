#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "metainfo/file_tree.hpp"
#include "storage/file.hpp"

namespace shoal::storage {

/// What is known of each file of a folder that is being fetched: where it is, whether it is proven,
/// and what it was after the last write of ours, so that others' writes are seen. 48 bytes a file.
/// Any thread; waits for nothing.
class FilledFiles {
 public:
  explicit FilledFiles(std::size_t size) : files_(size) {}

  enum class Where : std::uint8_t {
    nowhere,
    staged,      ///< in the staging folder
    in_place,    ///< where it belongs in the end
    in_the_way,  ///< something else is there
  };
  [[nodiscard]] Where where(FileIndex file) const;
  void put(FileIndex file, Where where);

  /// It held something when it was found, to be hashed.
  void found_data(FileIndex file);
  [[nodiscard]] bool may_have(FileIndex file) const;
  /// Found in the staging folder also, though it is in place.
  void found_twice(FileIndex file);
  [[nodiscard]] bool is_twice(FileIndex file) const;

  /// What it is now is our own doing.
  void remember(FileIndex file, const FileVersion& version);
  /// Nobody knows what it is: nothing in it is proven.
  void forget(FileIndex file);
  /// It is another file, in which nothing was proven yet.
  void forget_version(FileIndex file);
  [[nodiscard]] bool knows(FileIndex file) const;
  /// What it is now. The same as before, or nothing in it is proven: nobody knew what it was, or
  /// somebody wrote to it, which is told.
  void compare(FileIndex file, const FileVersion& version);
  [[nodiscard]] FileVersion version(FileIndex file) const;

  /// Of no effect while others' writes were not taken notice of.
  void prove(FileIndex file);
  void unprove(FileIndex file);
  [[nodiscard]] bool proven(FileIndex file) const;
  /// Those that others wrote to, since the last call.
  [[nodiscard]] std::vector<FileIndex> touched();

 private:
  struct State {
    FileVersion version;
    Where where = Where::nowhere;
    bool known = false;  // which version
    bool proven = false;
    bool touched = false;
    bool has_data = false;
    bool twice = false;
  };
  [[nodiscard]] State& at(FileIndex file) { return files_[value(file)]; }
  [[nodiscard]] const State& at(FileIndex file) const { return files_[value(file)]; }
  void touch(FileIndex file);

  mutable std::mutex mutex_;
  std::vector<State> files_;
  std::vector<FileIndex> touched_;
};

}  // namespace shoal::storage
