#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include <shoal/error.hpp>

#include "storage/file.hpp"
#include "storage/open_watch.hpp"
#include "storage/part_file.hpp"
#include "storage/witness.hpp"
#include "storage/write_lease.hpp"

namespace shoal::storage {

/// Tells what other programs do to a .part from what we do, and gives it its final name only when
/// nothing was done that was not proven afterwards.
///
/// On a local file system that is certain. Whoever writes through an open file has closed it, which
/// is seen (OpenWatch), or has it open still (WriteLease). Who cuts it short by its path changes
/// its times or its length, which are looked at before and after each write of ours. (Times go in
/// steps of some milliseconds on older systems: one that cuts it and makes it as long again, twice
/// by its path, within the very step in which we write stays unseen. On tmpfs no time tells of who
/// writes to it as memory (mmap) up to the end.) On other file systems nothing of that can be
/// relied on: all is to be proven before the end, and read anew for that from where it is.
///
/// All calls block. Any thread; one at a time, others wait.
class PartWatch {
 public:
  /// Begins to look. What was proven before is not covered. `part` outlives this.
  PartWatch(PartFile& part, std::uint64_t length);

  /// Held while we write to the file. The system lets one thread at a time write a file, and others
  /// wait for it spinning; they had better sleep.
  class Writing {
   public:
    explicit Writing(PartWatch& watch) : watch_(watch), lock_(watch.mutex_) { watch_.compare(); }
    ~Writing() { watch_.remember(); }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    PartWatch& watch_;
    std::lock_guard<std::mutex> lock_;
  };

  struct Seen {
    std::optional<Error> gone;  ///< it is not there any more: there is nothing to be filled
    bool touched = false;       ///< somebody may have written to it: nothing in it is proven now
  };
  /// Since the last look. Of a wrong length, it gets its own back. While there is a candidate, only
  /// whether ours is gone.
  [[nodiscard]] Seen look();

  /// PartFile::finish(), when that is safe; `proven`: everything was proven since this said no.
  /// What it is then, or nothing when it has to be proven (again): it has not got its name.
  [[nodiscard]] Result<std::optional<Witness>> finish(bool proven);

 private:
  [[nodiscard]] Seen look_locked();
  [[nodiscard]] Result<std::optional<Witness>> finish_locked(bool proven);
  [[nodiscard]] std::optional<Error> what_became_of_it() const;
  [[nodiscard]] bool nobody_else_writes(const WriteLease& lease) const;
  [[nodiscard]] Result<std::optional<Witness>> refuse(const WriteLease& lease);
  [[nodiscard]] std::optional<FileVersion> version() const;
  void forget_what_is_in_memory() const;
  void compare();
  void remember();

  PartFile& part_;
  const std::uint64_t length_;
  std::mutex mutex_;
  OpenWatch watch_;
  const bool local_;  // times tell who wrote, and nobody writes but through this system
  std::optional<FileVersion> version_;  // after the last write of ours
  bool touched_ = false;                // by others, since the last look
  bool opened_ = false;                 // by others, at some time
  bool quiet_ = false;                  // nothing was seen since finish() said no
  bool finished_ = false;
};

}  // namespace shoal::storage
