#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <shoal/error.hpp>

#include "storage/file.hpp"

namespace shoal::storage {

struct PartOptions {
  bool preallocate = false;  ///< take all the room from the disk at once, or fail at once
  bool sync = false;         ///< finished means: on the disk, to stay there in a power cut
};

/// A download on disk: DIR/NAME.part while it is filled, DIR/NAME once finish() has succeeded and
/// never before. The lock (flock) lasts as long as the PartFile. A name too long to take ".part" is
/// shortened there: its beginning, "-" and eight hexadecimal digits of its SHA-256.
class PartFile {
 public:
  /// Opens or creates DIR/NAME.part, `length` bytes long (sparse), and locks it. One that is there
  /// with another length is somebody else's file (Errc::conflict). Errc::bad_name; Errc::busy when
  /// another leecher holds it; Errc::conflict when DIR/NAME is there already. Errors for a missing,
  /// read-only or full directory say which and what to do. A failed open leaves no new file behind.
  [[nodiscard]] static Result<PartFile> open(const std::filesystem::path& directory,
                                             const std::string& name, std::uint64_t length,
                                             const PartOptions& options = {});

  /// Stays open and readable after finish().
  [[nodiscard]] const File& file() const { return file_; }
  [[nodiscard]] const std::filesystem::path& part_path() const { return part_path_; }
  [[nodiscard]] const std::filesystem::path& final_path() const { return final_path_; }
  /// True when NAME.part was there before and not empty: something may be in it, to be proven.
  [[nodiscard]] bool resumed() const { return resumed_; }

  /// Renames to the final name; never replaces a file that has appeared there meanwhile
  /// (Errc::conflict). With PartOptions::sync the content is on the disk before, and the new name
  /// when it returns.
  [[nodiscard]] Result<void> finish();
  /// After finish(): back to the name that it is filled under, for it is not what it should be.
  [[nodiscard]] Result<void> take_name_back() const;
  /// What a leecher leaves that ends between giving DIR/NAME and taking NAME.part away, where that
  /// is not done in one step: a second name for the same file. Takes NAME.part away then, unless
  /// somebody holds it. True when it went.
  static bool remove_second_name(const std::filesystem::path& directory, const std::string& name);
  /// Nothing of worth is in it: takes NAME.part away, unless that was there before.
  void discard_if_new() const;

 private:
  PartFile(File file, std::filesystem::path part, std::filesystem::path final_path, bool resumed,
           bool sync);

  File file_;
  std::filesystem::path part_path_;
  std::filesystem::path final_path_;
  bool resumed_;
  bool sync_;
};

}  // namespace shoal::storage
