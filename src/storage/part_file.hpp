#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/name.hpp"
#include "storage/file.hpp"
#include "storage/rights.hpp"
#include "storage/room.hpp"

namespace shoal::storage {

struct PartOptions {
  RoomOptions room = {};
  bool sync = false;  ///< finished means: on the disk, to stay there in a power cut
};

/// A download on disk: DIR/NAME.01234567.part (see part_name.hpp) while it is filled, DIR/NAME once
/// finish() has succeeded and never before. The lock (flock) lasts as long as the PartFile.
///
/// DIR/NAME.part, which an earlier version or another program may have left, is a candidate: a file
/// that may be a download, or the beginning, of this one. It stays as it is until some of it was
/// proven.
class PartFile {
 public:
  /// Opens or creates DIR/NAME.01234567.part, `length` bytes long (sparse) unless there is a
  /// candidate, and locks it. What is there and cannot be ours is left alone, and another name is
  /// taken. Errc::bad_name when the file system does not take the name; Errc::busy when
  /// another leecher holds it; Errc::conflict when DIR/NAME is there already, or no name is left;
  /// Errc::cancelled. Errors for a missing, read-only or full directory say which and what to do. A
  /// failed open leaves no new file behind.
  [[nodiscard]] static Result<PartFile> open(const std::filesystem::path& directory,
                                             const FileName& name, const Digest& root,
                                             std::uint64_t length, const PartOptions& options = {});

  /// Stays open and readable after finish(). Another one after a candidate was adopted.
  [[nodiscard]] const File& file() const { return file_; }
  [[nodiscard]] const std::filesystem::path& part_path() const { return part_path_; }
  [[nodiscard]] const std::filesystem::path& final_path() const { return final_path_; }
  /// True when it was there before and not empty: something may be in it, to be proven.
  [[nodiscard]] bool resumed() const { return resumed_; }
  /// False where the file system has no locks.
  [[nodiscard]] bool locked() const { return locked_; }
  /// What people should know: what was in the way, and is left as it is.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  struct Candidate {
    File file;
    std::filesystem::path path;
    std::uint64_t length;  ///< at most that of the file
  };
  /// Null when there is none, or it was settled. Until then nothing is to be written.
  [[nodiscard]] const Candidate* candidate() const { return candidate_ ? &*candidate_ : nullptr; }
  struct Settled {
    bool adopted = false;
    std::string why;  ///< not: words that follow its name
  };
  /// Makes a proven candidate, under the name of ours, the file to be filled; leaves any other
  /// alone. Then the file gets its length, which may take as long as open(). Errc::io when ours is
  /// not there any more.
  [[nodiscard]] Result<Settled> settle_candidate(bool proven);

  /// Renames to the final name; never replaces a file that has appeared there meanwhile
  /// (Errc::conflict). With PartOptions::sync the content is on the disk before, and the new name
  /// when it returns.
  [[nodiscard]] Result<void> finish();
  /// After finish(): back to the name that it is filled under, for it is not what it should be.
  /// What others have put in its place stays.
  [[nodiscard]] Result<void> take_name_back() const;
  /// What a leecher leaves that ends between giving DIR/NAME and taking the other name away, where
  /// that is not done in one step: a second name for the same file. Takes that away then, unless
  /// somebody holds it. True when it went.
  static bool remove_second_name(const std::filesystem::path& directory, const FileName& name,
                                 const Digest& root);
  /// Nothing of worth is in it: takes it away, unless it was there before.
  void discard_if_new() const;

 private:
  /// What open() has found.
  struct Place;
  static Result<std::optional<Place>> take_place(const std::filesystem::path& directory,
                                                 const std::string& name, const Digest& root,
                                                 std::uint64_t length, const NewFile& fresh);
  PartFile(Place place, std::filesystem::path final_path, std::uint64_t length, PartOptions options,
           NewFile fresh);
  [[nodiscard]] Result<void> prepare();
  void look_for_candidate(const std::filesystem::path& path);
  [[nodiscard]] Result<void> take_room() const;
  /// Empty when it is the file to be filled now, else why it is not.
  [[nodiscard]] std::string adopt(Candidate& old);
  [[nodiscard]] std::unexpected<Error> gone() const;

  File file_;
  std::filesystem::path part_path_;
  std::filesystem::path final_path_;
  std::uint64_t length_;
  PartOptions options_;
  NewFile fresh_;  // what others in that directory are like
  std::optional<Candidate> candidate_;
  std::vector<std::string> notes_;
  bool resumed_;
  bool locked_;
};

}  // namespace shoal::storage
