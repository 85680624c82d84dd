#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "base/bytes.hpp"
#include "storage/file.hpp"
#include "storage/folder_stack.hpp"
#include "storage/rights.hpp"

namespace shoal::storage {

/// The two names that a folder is filled under: NAME.01234567.part/, and NAME.01234567.part.info,
/// which holds the info dictionary and the lock. All of it blocks.
struct StagingPlace {
  std::filesystem::path part_path;
  std::filesystem::path info_path;
  File info;          ///< locked
  Descriptor folder;  ///< nobody else may look into it
  NewFile fresh;      ///< what others in that directory are like
  bool existed;       ///< the folder was there before
  bool locked;        ///< false where the file system has no locks

  /// Takes the first such name that is free, or ours: of a leecher that ended early. `notes` gets
  /// what was passed over. Errors as those of PartFile::open().
  [[nodiscard]] static Result<StagingPlace> take(const std::filesystem::path& directory,
                                                 const std::string& name, const InfoHash& hash,
                                                 BytesView dictionary,
                                                 std::vector<std::string>& notes);

  /// What a finished folder has, set-id and sticky bits as the directory gave them.
  void open_to_all() const;
  void close_to_others() const;
  /// Nothing while part_path stands for the folder.
  [[nodiscard]] std::optional<Error> what_became_of_it() const;
  /// The lock, and what it is for, is not needed any more.
  void remove_info() const;
  /// Takes away an empty folder, of ours. False when it is not empty, or not there.
  bool remove_folder() const;
};

}  // namespace shoal::storage
