#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "base/bitfield.hpp"
#include "base/bytes.hpp"
#include "metainfo/file_tree.hpp"
#include "metainfo/name.hpp"
#include "storage/copy_content.hpp"
#include "storage/file.hpp"
#include "storage/part_file.hpp"

namespace shoal::storage {

struct OpenPartFile;

/// A folder that is being fetched: DIR/NAME.01234567.part/ (see part_name.hpp, the digits being
/// those of the info hash) while it is filled, DIR/NAME/ once finish() has succeeded and never
/// before. Beside it is DIR/NAME.01234567.part.info, the info dictionary, which is locked (flock)
/// as long as the PartFolder lives; a later run goes on from what is there, whenever this one
/// ended.
///
/// All of it is reached from the folder's own descriptor, through no symbolic link. Only its owner
/// may look into it while it is filled.
///
/// Where DIR/NAME/ is there already, of an earlier selection or of the person's own, files of the
/// tree that are in it are in their final place: they are read and have to prove whole, or they are
/// in the way. What is there is never written to, replaced or taken away.
///
/// What other programs write to a file is seen by its times (FileVersion), unless they keep it
/// mapped or come within the same tick of the disk's clock. On file systems whose times cannot be
/// relied on all is to be proven once more in the end, from where it is.
///
/// Any thread, unless it says otherwise.
class PartFolder {
 public:
  struct Parts;  // see part_folder_parts.hpp

  /// Opens or makes it, locks it, and looks for what is there. `wanted`: which entries of the tree,
  /// by FileIndex. `dictionary`: its info dictionary, whose hash is `hash`. Blocking; two system
  /// calls a file where something is there. Errors: those of PartFile::open(), the free space being
  /// what is missing of all that is wanted; Errc::conflict when DIR/NAME is there and no folder.
  [[nodiscard]] static Result<std::unique_ptr<PartFolder>> open(
      const std::filesystem::path& directory, const FileName& name,
      std::shared_ptr<const FileTree> tree, const InfoHash& hash, Bitfield wanted,
      BytesView dictionary, const PartOptions& options = {});
  PartFolder(const PartFolder&) = delete;
  PartFolder& operator=(const PartFolder&) = delete;
  ~PartFolder();

  [[nodiscard]] const std::filesystem::path& part_path() const;
  [[nodiscard]] const std::filesystem::path& final_path() const;
  /// Where people find it: in the staging folder, or in its final place.
  [[nodiscard]] std::filesystem::path path_of(FileIndex) const;
  /// True when something was there before that may be of worth.
  [[nodiscard]] bool resumed() const;
  /// False where the file system has no locks.
  [[nodiscard]] bool locked() const;
  /// What people should know: what was in the way and left as it is, links that could not be made.
  /// Grows in open() and finish() only.
  [[nodiscard]] const std::vector<std::string>& notes() const;

  // ---- what is there; of wanted files. None of these waits for a disk.

  /// It may hold something of worth to be hashed. False of empty files and links.
  [[nodiscard]] bool may_have(FileIndex) const;
  /// It stands in DIR/NAME/ already and has the right length: to be proven whole.
  [[nodiscard]] bool in_final_place(FileIndex) const;
  /// Something else stands there: known at open(), after disproven(), or at finish(). It need not
  /// be fetched, since it cannot be put there.
  [[nodiscard]] bool in_the_way(FileIndex) const;
  /// What open() found at DIR/NAME/.
  struct Before {
    bool anything = false;    ///< it is there, and not empty
    bool some_of_it = false;  ///< a file of the tree has its place and length there; it has to
                              ///< prove before anything is put beside it
    bool all_of_it = false;   ///< nothing that is wanted has to be put there
    std::string hidden{};     ///< the first path of what has to be, with a hidden name in it
  };
  [[nodiscard]] const Before& before() const;
  /// It is going to hold something that was not fetched, and is to be hashed; before it is.
  void expect_data(FileIndex);
  /// A file in its final place proved to be another one.
  void disproven(FileIndex);
  /// All that is in the way, in the tree's order: what of it, as a sentence with its path.
  /// Blocking.
  struct Conflict {
    FileIndex file;
    std::string message;
  };
  [[nodiscard]] std::vector<Conflict> conflicts();

  // ---- reading and filling

  /// Opens a wanted file to be read; makes it when it is missing, with its length (sparse, or as
  /// PartOptions say; one of a single block gets its length by being written), and the folders on
  /// the way. Blocking. Some 64 are kept open, the longest unused is closed. Errors name the path:
  /// what is in the way (Errc::conflict) or what the system says. Precondition: it has pieces.
  [[nodiscard]] Result<std::shared_ptr<const File>> open(FileIndex);
  /// Null when it is not open at the moment: for the event loop.
  [[nodiscard]] std::shared_ptr<const File> opened(FileIndex) const;

  /// Held while we write to a file, so that what others write is told from that; one at a time a
  /// file, others wait.
  class Writing {
   public:
    Writing(Writing&&) noexcept = default;
    Writing& operator=(Writing&&) = delete;
    ~Writing();
    [[nodiscard]] const File& file() const;

   private:
    friend class PartFolder;
    Writing(Parts& parts, FileIndex index, std::shared_ptr<OpenPartFile> open);

    Parts* parts_;
    FileIndex index_;
    std::shared_ptr<OpenPartFile> open_;  // null when it was moved from
    std::unique_lock<std::mutex> lock_;
  };
  /// As open(). Errc::conflict for one that is in its final place.
  [[nodiscard]] Result<Writing> write(FileIndex);

  /// All pieces of the file are proven: from now on it must not change. What it is then is what it
  /// was after the last write of ours, or when it was opened to be hashed. Does not wait.
  void proven(FileIndex);
  /// Files that others have written to, seen since the last call: nothing in them is proven now.
  /// Does not wait; they are seen when we write to them, open them or finish().
  [[nodiscard]] std::vector<FileIndex> touched();
  /// What is copied into it may share its room with what it is copied from: not where all room is
  /// to be taken in advance.
  [[nodiscard]] Sharing sharing() const;
  /// Makes one file what another of the same content is, which is proven: `to` is proven then too
  /// (true), unless somebody wrote to the other meanwhile (false). Shares the room on the disk
  /// where that can be done. Blocking, as long as copying takes. Precondition: `to` is not in its
  /// final place.
  [[nodiscard]] Result<bool> copy(FileIndex from, FileIndex to);

  // ---- the end

  struct Finished {
    /// Not proven, or changed since: nothing in them counts as proven. Nothing was given its name.
    std::vector<FileIndex> to_prove;
    /// Left where they are; all else has its name.
    std::vector<Conflict> conflicts;
  };
  /// Makes empty files, links and execute bits, and gives all that is wanted its final name, never
  /// replacing anything: by one rename where DIR/NAME is free, else file by file. Blocking. May be
  /// tried again after an error or when something was to be proven. With PartOptions::sync all is
  /// on the disk before it gets its name, and the names are when it returns.
  [[nodiscard]] Result<Finished> finish();
  /// After finish(): what each entry of the tree was then; nothing but zeros for those that were
  /// not wanted or are in the way.
  [[nodiscard]] std::vector<FileVersion> versions() const;
  /// Is it still what stands at its path? Else an error that says what became of it. Blocking.
  [[nodiscard]] std::optional<Error> what_became_of_it() const;
  /// Nothing of worth is in it: takes it away, unless something was there before. Blocking.
  void discard_if_new();

  explicit PartFolder(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

/// Whether all of these have their places and lengths in that folder, as far as that is told
/// without reading any. Blocking.
[[nodiscard]] bool stand_there(const std::filesystem::path& folder, const FileTree& tree,
                               std::span<const FileIndex> entries);

/// For each entry of the tree the first wanted file with the same content, itself for most: fetch
/// that one, then PartFolder::copy(). What is not wanted or has no content stands for itself.
[[nodiscard]] std::vector<FileIndex> first_of_equals(const FileTree& tree, const Bitfield& wanted);

}  // namespace shoal::storage
