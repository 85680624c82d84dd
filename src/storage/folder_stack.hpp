#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

#include "storage/descriptor.hpp"

namespace shoal::storage {

/// Goes through the folders of a tree in its order, each opened once, by its name in the one
/// before: no link is followed, and what is done to many files in a folder needs one call for each.
/// Blocking; a descriptor for each level.
class FolderStack {
 public:
  /// After the last of what is in a folder: its descriptor, and the one and name that it is found
  /// by.
  using OnLeave = std::function<void(int folder, int parent, const std::string& name)>;

  /// `root` is the descriptor that all paths begin at, and is not closed.
  explicit FolderStack(int root, OnLeave on_leave = {})
      : root_(root), on_leave_(std::move(on_leave)) {}

  enum class Missing : std::uint8_t { stay, make };
  /// The descriptor of the folder that the last element of `path` is in, until the next call; -1
  /// and errno when it cannot be entered. Folders on the way may be made.
  [[nodiscard]] int enter(std::string_view path, Missing missing = Missing::stay);
  /// Of the last enter() that failed: the folder that could not be entered.
  [[nodiscard]] const std::string& closed() const { return closed_; }
  /// Leaves all but the root.
  void leave_all() { leave_until(0); }

 private:
  struct Level {
    Descriptor folder;
    std::size_t outside;  // how much of path_ is the folder that it is in
  };

  void leave_until(std::size_t levels);
  [[nodiscard]] int top() const { return levels_.empty() ? root_ : levels_.back().folder.get(); }

  int root_;
  OnLeave on_leave_;
  std::vector<Level> levels_;
  std::string path_;    // of the innermost
  std::string closed_;  // what is below it is not tried again
  int error_ = 0;       // why
};

/// What a name in a folder stands for, be it a link; nothing when there is none, or nobody can
/// tell.
[[nodiscard]] std::optional<struct stat> status_in(int folder, const std::string& name);

/// The last element of a path.
[[nodiscard]] inline std::string last_element(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace shoal::storage
