#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "hash/sha256.hpp"
#include "storage/part_folder.hpp"
#include "support/temp_dir.hpp"

namespace shoal::test {

/// A folder "photos" of small files, to be fetched into a directory of its own; what a session does
/// with a PartFolder, in few words.
class FetchedFolder {
 public:
  struct Entry {
    std::string path;
    std::string content;
    bool executable = false;
    std::string target = {};  ///< of a link
  };
  static constexpr const char* kPart = "photos.01234567.part";
  static constexpr const char* kInfo = "photos.01234567.part.info";
  static constexpr const char* kDictionary = "d4:name6:photose";

  explicit FetchedFolder(std::vector<Entry> entries) : entries_(std::move(entries)) {
    std::ranges::sort(entries_, [](const Entry& one, const Entry& other) {
      return compare_paths(one.path, other.path) < 0;
    });
    std::vector<TreeEntry> all;
    for (const Entry& one : entries_) {
      TreeEntry entry{.path = one.path, .executable = one.executable};
      entry.kind = one.target.empty() ? TreeEntry::Kind::file : TreeEntry::Kind::link;
      entry.target = one.target;
      entry.length = one.content.size();
      if (!one.content.empty()) entry.root = sha256(as_bytes(one.content));
      all.push_back(std::move(entry));
    }
    tree_ =
        std::make_shared<const FileTree>(FileTree::make("photos", 16384, std::move(all)).value());
    want_all();
  }

  [[nodiscard]] const TempDir& dir() const { return dir_; }
  [[nodiscard]] const FileTree& tree() const { return *tree_; }
  [[nodiscard]] FileIndex at(const std::string& path) const { return tree_->find(path).value(); }
  [[nodiscard]] std::string content(FileIndex file) const { return entries_[value(file)].content; }

  using Opened = Result<std::unique_ptr<storage::PartFolder>>;
  [[nodiscard]] Opened try_open(const storage::PartOptions& options = {}) const {
    return try_open_in(dir_.path(), options);
  }
  [[nodiscard]] Opened try_open_in(const std::filesystem::path& directory,
                                   const storage::PartOptions& options = {}) const {
    InfoHash hash;
    hash.bytes = {std::byte{0x01}, std::byte{0x23}, std::byte{0x45}, std::byte{0x67}};
    return storage::PartFolder::open(directory, *FileName::parse(name_), tree_, hash, wanted_,
                                     as_bytes(std::string_view(kDictionary)), options);
  }
  /// Fails the test when it does not open.
  [[nodiscard]] std::unique_ptr<storage::PartFolder> open(
      const storage::PartOptions& options = {}) const {
    auto folder = try_open(options);
    if (!folder) throw std::runtime_error(folder.error().message);
    return *std::move(folder);
  }
  /// From the next open() on.
  void want(const std::vector<std::string>& paths) {
    wanted_ = Bitfield(tree_->size());
    for (const std::string& path : paths) wanted_.set(value(at(path)));
  }
  void want_all() {
    wanted_ = Bitfield(tree_->size());
    wanted_.set_all();
  }
  void call_it(std::string name) { name_ = std::move(name); }

  /// Writes all of a file, and has it proven.
  void fill(storage::PartFolder& folder, const std::string& path) const {
    const FileIndex file = at(path);
    {
      const auto writing = folder.write(file);
      ASSERT_TRUE(writing) << writing.error().message;
      const std::string text = content(file);
      const BytesView bytes = as_bytes(text);
      ASSERT_TRUE(writing->file().write_at(0, {&bytes, 1}));
    }
    folder.proven(file);
  }
  /// All that is wanted and neither there nor in the way.
  void fill_rest(storage::PartFolder& folder) const {
    for (const FileIndex file : files(folder)) {
      if (holds(folder, file) || folder.in_the_way(file)) continue;
      fill(folder, std::string(tree()[file].path));
    }
  }
  /// Hashes what is there, and has it proven, or disproven.
  bool holds(storage::PartFolder& folder, FileIndex file) const {
    if (!folder.may_have(file)) return false;
    const auto open = folder.open(file);
    if (!open) return false;
    const std::string wanted = content(file);
    Bytes there(wanted.size());
    const bool same = (*open)->read_at(0, there) && as_text(there) == wanted;
    if (same) {
      folder.proven(file);
    } else {
      folder.disproven(file);
    }
    return same;
  }
  [[nodiscard]] std::vector<FileIndex> files(const storage::PartFolder&) const {
    std::vector<FileIndex> all;
    for (std::uint32_t i = 0; i < tree_->size(); ++i) {
      if (wanted_.test(i) && tree()[FileIndex{i}].root != nullptr) all.push_back(FileIndex{i});
    }
    return all;
  }

  /// Paths below the directory, folders with "/" at their end.
  [[nodiscard]] std::set<std::string> what_is_there() const {
    std::set<std::string> all;
    for (const auto& one : std::filesystem::recursive_directory_iterator(dir_.path())) {
      const bool folder = one.is_directory() && !one.is_symlink();
      all.insert(one.path().lexically_relative(dir_.path()).string() + (folder ? "/" : ""));
    }
    return all;
  }

 private:
  TempDir dir_;
  std::string name_ = "photos";
  std::vector<Entry> entries_;
  std::shared_ptr<const FileTree> tree_;
  Bitfield wanted_;
};

}  // namespace shoal::test
