#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>

namespace shoal::storage {

/// What a file is like that we make in some directory: by the umask and the directory's ACL, or by
/// what the file system shows for all files when it keeps neither owners nor modes.
struct NewFile {
  ::uid_t owner = 0;
  ::mode_t mode = 0;
};

/// Makes a file and takes it away again; without a name where that can be done. Nothing when none
/// can be made.
[[nodiscard]] std::optional<NewFile> new_file_in(const std::filesystem::path& directory);

/// Why an open file cannot be one of ours, in words that follow "it": not a plain file, a second
/// name for another one, somebody else's, or one that more people may write to than to a new file.
/// Whoever has such a file open for writing could change it for ever. Empty: it can be ours.
[[nodiscard]] std::string why_not_ours(const struct stat& there, const NewFile& fresh);

}  // namespace shoal::storage
