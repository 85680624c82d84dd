// PartFolder: its files are opened and made.
#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <utility>

#include "metainfo/geometry.hpp"
#include "storage/beneath.hpp"
#include "storage/io_error.hpp"
#include "storage/part_folder_parts.hpp"
#include "storage/rights.hpp"
#include "storage/room.hpp"

namespace shoal::storage {
namespace {

using Where = FilledFiles::Where;

constexpr ::mode_t kWhatTheUmaskAllows = 0666;
constexpr std::uint64_t kLengthByWriting = kBlockLength;  // one write fills it
constexpr std::uint64_t kLengthAtOnce = 16 << 20;         // a slow stick writes that in seconds

/// Opens files in the staging folder and in the final one. Whoever calls it has the lock for that.
class Opening {
 public:
  explicit Opening(PartFolder::Parts& parts) : parts_(parts) {}

  struct Opened {
    File file;
    bool has_length = true;  ///< else it has to get it
  };
  Result<Opened> open(FileIndex file) {
    if (parts_.files.where(file) == Where::in_place) {
      auto opened = open_in_place(file);
      if (!opened) return std::unexpected(std::move(opened).error());
      if (*opened) return Opened{**std::move(opened)};
    }
    if (parts_.files.where(file) == Where::in_the_way) return in_the_way(file);
    return open_staged(file);
  }

 private:
  [[nodiscard]] std::unexpected<Error> in_the_way(FileIndex file) const {
    FolderStack stack(parts_.final_folder.get());
    return fail(Errc::conflict, parts_.why_in_the_way(file, stack));
  }

  /// Nothing when it is not there any more.
  Result<std::optional<File>> open_in_place(FileIndex file) {
    const FileTree::View view = parts_.at(file);
    const int descriptor =
        openat_beneath(parts_.final_folder.get(), view.path, O_RDONLY | O_NONBLOCK);
    if (descriptor < 0 && errno == ENOENT) {
      parts_.files.put(file, Where::nowhere);
      parts_.files.forget(file);
      return std::nullopt;
    }
    if (descriptor < 0 && errno != ELOOP && errno != ENOTDIR && errno != ENXIO) {
      return io_failure("cannot open", parts_.path_in_the_end(file), errno);
    }
    File opened = File::of_descriptor(descriptor, parts_.path_in_the_end(file));
    struct stat status {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
        std::cmp_not_equal(status.st_size, view.length)) {
      parts_.files.put(file, Where::in_the_way);
      return in_the_way(file);
    }
    parts_.files.compare(file, version_of(status));
    return opened;
  }

  Result<Opened> open_staged(FileIndex file) {
    const std::string_view path = parts_.at(file).path;
    const bool known = parts_.files.where(file) == Where::staged;
    bool made = false;
    int descriptor = known ? open_there(path) : -1;
    if (descriptor < 0 && (!known || errno == ENOENT)) {
      descriptor = make(path);
      made = descriptor >= 0;
      if (!made && errno == EEXIST) descriptor = open_there(path);
    }
    if (descriptor < 0) return parts_.obstacle(file, errno);
    Opened opened{.file = File::of_descriptor(descriptor, parts_.path_in_the_end(file))};
    if (made) {
      parts_.files.forget_version(file);  // of one that was deleted
      opened.has_length = false;
    } else if (auto taken = take_over(file, opened, known); !taken) {
      return std::unexpected(taken.error());
    }
    parts_.files.put(file, Where::staged);
    return opened;
  }

  [[nodiscard]] int open_there(std::string_view path) const {
    return openat_beneath(parts_.place.folder.get(), path, O_RDWR | O_NONBLOCK);
  }

  [[nodiscard]] int make(std::string_view path) const {
    constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL;
    const int folder = parts_.place.folder.get();
    const int descriptor = openat_beneath(folder, path, kFlags, kWhatTheUmaskAllows);
    if (descriptor >= 0 || errno != ENOENT) return descriptor;
    FolderStack folders(folder);
    if (folders.enter(path, FolderStack::Missing::make) < 0) return -1;
    return openat_beneath(folder, path, kFlags, kWhatTheUmaskAllows);
  }

  Result<void> take_over(FileIndex file, Opened& opened, bool known) {
    struct stat status {};
    if (::fstat(opened.file.descriptor(), &status) != 0) {
      return io_failure("cannot look at", parts_.staged_path(file), errno);
    }
    if (!known) {
      if (auto alone = parts_.check_alone(file, status); !alone) return alone;
    }
    if (S_ISDIR(status.st_mode)) return parts_.obstacle(file, EISDIR);
    const std::string why = parts_.why_not_ours_inside(status);
    if (!why.empty()) return in_our_way(parts_.staged_path(file), why);
    // Others may have changed it on their machine, and this one would show what it has in memory.
    if (!parts_.local) {
      static_cast<void>(::posix_fadvise(opened.file.descriptor(), 0, 0, POSIX_FADV_DONTNEED));
    }
    parts_.files.compare(file, version_of(status));
    opened.has_length = std::cmp_equal(status.st_size, parts_.at(file).length);
    return {};
  }

  PartFolder::Parts& parts_;
};

Result<void> cut_to(const File& file, std::uint64_t length) {
  const auto identity = file.identity();
  if (!identity) return std::unexpected(identity.error());
  return identity->length > length ? file.resize(length) : Result<void>{};
}

/// Where there are no holes, that may take minutes.
Result<void> give_length(PartFolder::Parts& parts, FileIndex index, const File& file) {
  const std::uint64_t length = parts.at(index).length;
  const bool fresh = !parts.files.knows(index);
  const bool preallocate = parts.options.room.preallocate;
  if (fresh && !preallocate && length <= kLengthAtOnce) {
    return length <= kLengthByWriting ? Result<void>{} : file.resize(length);
  }
  if (auto cut = cut_to(file, length); !cut) return cut;
  if (auto made = make_room(file, length, parts.options.room); !made || fresh) return made;
  const auto now = file.version();
  if (!now) return std::unexpected(now.error());
  parts.files.remember(index, *now);
  return {};
}

}  // namespace

Result<std::shared_ptr<OpenPartFile>> open_file(PartFolder::Parts& parts, FileIndex file) {
  if (auto open = parts.open.find(file)) return open;
  std::unique_lock lock(parts.disk);
  if (auto open = parts.open.find(file)) return open;  // meanwhile
  auto opened = Opening(parts).open(file);
  if (!opened) return std::unexpected(std::move(opened).error());
  auto open = std::make_shared<OpenPartFile>(std::move(opened->file));
  // Who writes to it waits until it has its length; who opens others does not.
  const std::lock_guard writing(open->writing);
  parts.open.keep(file, open);
  lock.unlock();
  if (opened->has_length) return open;
  if (auto given = give_length(parts, file, open->file); !given) {
    parts.open.forget(file);
    return std::unexpected(std::move(given).error());
  }
  return open;
}

}  // namespace shoal::storage
