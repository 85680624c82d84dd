#pragma once

#include <cstddef>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <shoal/error.hpp>

#include "metainfo/file_tree.hpp"
#include "storage/folder_stack.hpp"
#include "storage/part_folder_parts.hpp"

namespace shoal::storage {

/// Everything in the staging folder gets to be as it shall be, or it is known what is to be proven
/// first. Blocking; in the tree's order.
class Settling {
 public:
  explicit Settling(PartFolder::Parts& parts);

  /// A file: proven and untouched since, with its execute bits, and on the disk if that is wanted;
  /// an empty one is made. Nothing is done to a link.
  [[nodiscard]] Result<void> settle(FileIndex file);
  [[nodiscard]] const std::vector<FileIndex>& to_prove() const { return to_prove_; }
  /// Makes it if it is one. After all else, so that nothing is ever reached through it.
  [[nodiscard]] Result<void> make_link(FileIndex file);
  /// Links that were not made, for people.
  [[nodiscard]] std::vector<std::string> left_out() const;

 private:
  [[nodiscard]] Result<void> leave_out(FileIndex file, const char* why);
  [[nodiscard]] Result<void> settle_in_the_way(FileIndex file);
  [[nodiscard]] Result<void> settle_in_place(FileIndex file);
  [[nodiscard]] Result<void> settle_staged(FileIndex file);
  void prove_first(FileIndex file);
  [[nodiscard]] Result<void> missing(FileIndex file);
  [[nodiscard]] Result<void> complete(int folder, FileIndex file, const struct stat& there);
  [[nodiscard]] Result<void> make_empty(FileIndex file);
  [[nodiscard]] Result<void> empty_again(FileIndex file, int opened, struct stat& status);

  PartFolder::Parts& parts_;
  std::vector<FileIndex> to_prove_;
  FolderStack staged_;
  FolderStack final_;
  std::vector<std::string> left_out_;
  std::size_t left_out_count_ = 0;
};

}  // namespace shoal::storage
