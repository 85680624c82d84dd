#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <shoal/error.hpp>

#include "storage/file.hpp"

namespace shoal::storage {

/// How a file is not what it was, in words that follow its path; empty when it is.
[[nodiscard]] std::string difference(const FileIdentity& before, const FileIdentity& now);
/// The same of one of which only its content tells.
inline constexpr const char* kWrittenTo = "was written to after it had been hashed";

/// What stood at a path when its content was proven.
struct Witness {
  std::filesystem::path path;
  FileVersion version;
};

struct Sighting {
  /// What became of it: moved, deleted, replaced, of another length, written to.
  std::optional<Error> news;
  /// Set when nothing tells of a change but the time of the last one, which nobody can set back:
  /// other rights, another name for a while; or other content under the old times. Only reading it
  /// can tell.
  std::optional<FileVersion> in_doubt;
};

/// Blocking. Neither of both while the path stands for the same file, untouched, or nobody can
/// tell.
[[nodiscard]] Sighting look_at(const Witness& witness);
/// The news of one that was read and is not what it was.
[[nodiscard]] Error was_written_to(const Witness& witness);

}  // namespace shoal::storage
