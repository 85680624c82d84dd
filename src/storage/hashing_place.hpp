#pragma once

#include <filesystem>
#include <string_view>
#include <sys/stat.h>

#include <shoal/error.hpp>

#include "base/bytes.hpp"
#include "storage/descriptor.hpp"
#include "storage/file.hpp"
#include "storage/folder_walk.hpp"

namespace shoal::storage {

/// A folder whose files are being hashed: opens them, never through a link, and says what became of
/// them since they were found. Blocking; any thread.
class HashingPlace {
 public:
  [[nodiscard]] static Result<HashingPlace> open(std::filesystem::path folder);

  [[nodiscard]] Result<Descriptor> open(const FoundEntry& file) const;
  /// Fills `content`, which is as long as the file was when it was found.
  [[nodiscard]] Result<void> read_whole(const FoundEntry& file, MutableBytes content) const;
  /// An error unless that is what was found, and nobody wrote to it since.
  [[nodiscard]] Result<void> check_same(const FoundEntry& file, int descriptor) const;

  [[nodiscard]] std::filesystem::path path_of(const FoundEntry& file) const {
    return folder_ / file.entry.path;
  }
  /// Tells it from other folders; all zeros where the system does not say.
  [[nodiscard]] FileIdentity identity() const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  HashingPlace(Descriptor top, std::filesystem::path folder)
      : top_(std::move(top)), folder_(std::move(folder)) {}

  Descriptor top_;
  std::filesystem::path folder_;
};

}  // namespace shoal::storage
