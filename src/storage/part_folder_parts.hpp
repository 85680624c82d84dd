#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include <shoal/error.hpp>

#include "base/bitfield.hpp"
#include "metainfo/file_tree.hpp"
#include "storage/filled_files.hpp"
#include "storage/folder_stack.hpp"
#include "storage/open_part_files.hpp"
#include "storage/part_folder.hpp"
#include "storage/rights.hpp"
#include "storage/staging_place.hpp"

namespace shoal::storage {

/// What a PartFolder is made of, for those who open its files and those who finish it.
struct PartFolder::Parts {
  Parts(std::shared_ptr<const FileTree> what, Bitfield of_it, PartOptions how,
        std::filesystem::path where_to, StagingPlace where, std::vector<std::string> told)
      : tree(std::move(what)),
        wanted(std::move(of_it)),
        options(std::move(how)),
        final_path(std::move(where_to)),
        place(std::move(where)),
        files(tree->size()),
        notes(std::move(told)) {}

  std::shared_ptr<const FileTree> tree;
  Bitfield wanted;
  PartOptions options;
  std::filesystem::path final_path;
  StagingPlace place;
  FilledFiles files;
  OpenPartFiles open;
  std::vector<std::string> notes;
  Descriptor final_folder;    ///< not open: there is none
  bool of_worth = false;      ///< there was something in the staging folder before
  bool others_wait = false;   ///< files of the tree are in it that are not wanted now
  bool local = true;          ///< see is_on_local_disk()
  bool all_in_doubt = false;  ///< everything is to be proven once more in the end
  bool resumed = false;
  PartFolder::Before before;
  bool finished = false;
  std::mutex disk;  ///< one at a time opens, makes, moves

  using Where = FilledFiles::Where;

  [[nodiscard]] FileTree::View at(FileIndex file) const { return (*tree)[file]; }
  [[nodiscard]] bool wants(FileIndex file) const { return wanted.test(value(file)); }
  /// Where it is filled, and where it will be, for messages.
  [[nodiscard]] std::filesystem::path staged_path(FileIndex file) const {
    return place.part_path / at(file).path;
  }
  [[nodiscard]] std::filesystem::path path_in_the_end(FileIndex file) const {
    return final_path / at(file).path;
  }
  /// Calls that for each wanted entry in the tree's order.
  template <class Call>
  void for_each_wanted(Call call) const {
    for (std::uint32_t i = 0; i < tree->size(); ++i) {
      if (wanted.test(i)) call(FileIndex{i});
    }
  }
  /// The same as long as there is no error.
  template <class Call>
  [[nodiscard]] Result<void> try_each_wanted(Call call) const {
    for (std::uint32_t i = 0; i < tree->size(); ++i) {
      if (!wanted.test(i)) continue;
      if (Result<void> done = call(FileIndex{i}); !done) return done;
    }
    return {};
  }

  /// Looks again whether DIR/NAME/ is there. Errc::conflict when that is no folder.
  [[nodiscard]] Result<void> look_for_final_folder();
  /// What is in the way of a file in the staging folder, for people, when it could not be opened.
  [[nodiscard]] std::unexpected<Error> obstacle(FileIndex file, int error) const;
  /// Why a file in the staging folder cannot be ours, in words that follow "it". Whoever else may
  /// write to it could not come to it.
  [[nodiscard]] std::string why_not_ours_inside(const struct stat& there) const {
    return why_not_ours(there, {.owner = place.fresh.owner, .mode = 0777});
  }
  /// Another wanted file of the staging folder that is the same on the disk: one that does not tell
  /// such names apart.
  [[nodiscard]] Result<void> check_alone(FileIndex file, const struct stat& status) const;
  [[nodiscard]] std::unexpected<Error> same_file(FileIndex one, FileIndex other) const;
  /// What is in the way of a file in its final place, as a sentence.
  [[nodiscard]] std::string why_in_the_way(FileIndex file, FolderStack& final) const;
  [[nodiscard]] std::vector<Conflict> conflicts() const;
  /// In the staging folder, of all that the tree has.
  void remove_empty_folders() const;
};

/// An error about what others have put into the staging folder; `why` follows "it".
[[nodiscard]] std::unexpected<Error> in_our_way(const std::filesystem::path& path,
                                                const std::string& why);

/// The link's target as it is written on the disk: from the folder that the link is in.
[[nodiscard]] std::string target_from_link(std::string_view link, std::string_view target);
/// Where a link leads; empty where there is none.
[[nodiscard]] std::string read_link(int folder, const std::string& name);

/// Finds out what is there, after the place was taken. The first thing that is done.
[[nodiscard]] Result<void> look_what_is_there(PartFolder::Parts& parts);
/// See PartFolder::open(FileIndex).
[[nodiscard]] Result<std::shared_ptr<OpenPartFile>> open_file(PartFolder::Parts& parts,
                                                              FileIndex file);
/// The end: see PartFolder::finish().
[[nodiscard]] Result<PartFolder::Finished> finish_folder(PartFolder::Parts& parts);

}  // namespace shoal::storage
