#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <shoal/error.hpp>

#include "metainfo/piece_space.hpp"
#include "storage/file.hpp"
#include "storage/offered_folder.hpp"
#include "storage/part_file.hpp"
#include "storage/witness.hpp"
#include "torrent/peer/batch.hpp"

namespace shoal::session {

/// The files of a torrent on the disk. What blocks is for workers, on any thread.
class Disk {
 public:
  using FilePtr = std::shared_ptr<const storage::File>;

  virtual ~Disk() = default;

  /// Blocks. Errors name the file.
  [[nodiscard]] virtual Result<FilePtr> open(FileIndex file) = 0;
  /// Null when that would have to be waited for.
  [[nodiscard]] virtual FilePtr opened(FileIndex file) const = 0;
  /// Where people find it once it is whole.
  [[nodiscard]] virtual std::filesystem::path path() const = 0;
  /// Blocks. Why that file of a folder is not what it was; nothing while it is, as far as its times
  /// and its place tell.
  [[nodiscard]] virtual std::optional<Error> news_of(FileIndex file) = 0;
  /// A folder that is whole, to be looked at now and then; else null.
  [[nodiscard]] virtual storage::OfferedFolder* offered_folder() { return nullptr; }
};

/// Files that are being filled, which other programs may touch.
class PartDisk : public Disk {
 public:
  /// Blocks. Blocks of the torrent go to their files.
  [[nodiscard]] virtual Result<void> write(const PieceSpace& space,
                                           std::span<const torrent::Received> blocks) = 0;
  /// There may be something in it, be it a hole that reads as zeros.
  [[nodiscard]] virtual bool may_hold(FileIndex) const { return true; }
  /// Something from before may be in it: holes too have to be read to be believed.
  [[nodiscard]] virtual bool resumed(FileIndex file) const = 0;
  [[nodiscard]] virtual std::filesystem::path part_path() const = 0;

  /// What somebody has left that may be a part of it. Null: nothing.
  [[nodiscard]] virtual const storage::PartFile::Candidate* candidate() const { return nullptr; }
  /// Blocks. See storage::PartFile.
  [[nodiscard]] virtual Result<storage::PartFile::Settled> settle_candidate(bool) {
    return storage::PartFile::Settled{};
  }

  /// It stands where it is to be, and is not to be written to: it is what is wanted, or in the way.
  [[nodiscard]] virtual bool in_final_place(FileIndex) const { return false; }

  struct Seen {
    std::optional<Error> gone;       ///< it is not there any more: there is nothing to be filled
    std::vector<FileIndex> touched;  ///< others may have written to them: nothing there is proven
  };
  /// Blocks. Since the last look.
  [[nodiscard]] virtual Seen look() = 0;

  struct Finish {
    std::vector<FileIndex> in_doubt;  ///< to be proven (again) first: nothing has its name yet
    std::vector<std::string>
        conflicts;  ///< what is in the way, as sentences; all else has its name
    std::optional<storage::Witness> witness{};  ///< of a single file that has
    std::vector<FileIndex> copied{};  ///< are here now, as copies of equal files of the folder
  };
  /// Blocks. All that is wanted is proven; `again`: since this found something in doubt. Gives it
  /// its name where nothing is.
  [[nodiscard]] virtual Result<Finish> finish(bool again) = 0;
  /// Nothing of worth is in it.
  virtual void discard_if_new() = 0;
};

}  // namespace shoal::session
