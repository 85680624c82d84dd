#include "storage/part_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/units.hpp"
#include "hash/sha256.hpp"
#include "metainfo/name.hpp"
#include "storage/io_error.hpp"
#include "storage/rename.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".part";
// How often the file may be renamed under our hands before we believe that somebody else is at
// work.
constexpr int kAttempts = 5;

std::string part_name(std::string_view name) {
  if (name.size() + kSuffix.size() <= kMaxNameLength) return std::string(name).append(kSuffix);
  constexpr std::size_t kDigestBytes = 4;
  std::size_t kept = kMaxNameLength - kSuffix.size() - 2 * kDigestBytes - 1;
  while ((static_cast<unsigned char>(name[kept]) & 0xc0u) == 0x80u) --kept;  // whole characters
  const Digest digest = sha256(as_bytes(name));
  std::string result(name.substr(0, kept));
  result.append("-").append(to_hex(BytesView(digest.bytes).first(kDigestBytes))).append(kSuffix);
  return result;
}

Result<void> check_directory(const fs::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    const int error = errno;
    if (error == ENOENT) {
      return fail(Errc::io, "the directory " + shown(directory) +
                                " does not exist; create it or choose another");
    }
    return io_failure("cannot use the directory", directory, error);
  }
  if (!S_ISDIR(status.st_mode)) {
    return fail(Errc::io, shown(directory) + " is not a directory; choose another place");
  }
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return io_failure("cannot write into the directory", directory, errno);
  }
  return {};
}

/// Does the path still stand for this open file, and for nothing behind a symbolic link?
bool names(const fs::path& path, const File& file) {
  struct stat by_path {};
  struct stat opened {};
  return ::lstat(path.c_str(), &by_path) == 0 && ::fstat(file.descriptor(), &opened) == 0 &&
         by_path.st_dev == opened.st_dev && by_path.st_ino == opened.st_ino;
}

bool anything_at(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

Result<void> lock(const File& file, const fs::path& part) {
  while (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error == EWOULDBLOCK) {
      return fail(Errc::busy, shown(part) +
                                  ": another leecher is fetching it; wait for that one "
                                  "or choose another directory");
    }
    if (error != EINTR) return io_failure("cannot lock", part, error);
  }
  return {};
}

/// A full disk is better known now than after hours.
Result<void> check_space(const File& file, const struct stat& status, const fs::path& final_path,
                         std::uint64_t length) {
  struct statvfs disk {};
  if (::fstatvfs(file.descriptor(), &disk) != 0 || disk.f_blocks == 0 || disk.f_frsize == 0) {
    return {};  // the file system cannot tell
  }
  const std::uint64_t here = std::min(static_cast<std::uint64_t>(status.st_blocks) * 512, length);
  // Divided rather than multiplied: nothing can overflow.
  if ((length - here) / disk.f_frsize <= disk.f_bavail) return {};
  return fail(Errc::io, "no room for " + shown(final_path) + ": it needs " +
                            format_size(length - here) + " more, " +
                            format_size(disk.f_bavail * disk.f_frsize) +
                            " are free; free some space or choose another directory");
}

Result<void> prepare(const File& file, const struct stat& status, const fs::path& part,
                     const fs::path& final_path, std::uint64_t length, bool preallocate) {
  if (anything_at(final_path)) {
    return fail(Errc::conflict, shown(final_path) + " is there already; it is left as it is");
  }
  if (status.st_nlink > 1) {
    // To fill it would change that other file, too.
    return fail(Errc::io, shown(part) +
                              " is a second name (hard link) of some other file; "
                              "remove it");
  }
  if (status.st_size > 0 && static_cast<std::uint64_t>(status.st_size) != length) {
    return fail(Errc::conflict,
                shown(part) +
                    " is there already and is no download of this file, for that would "
                    "be " +
                    std::to_string(length) + " bytes long; move it away");
  }
  if (auto space = check_space(file, status, final_path, length); !space) return space;
  if (static_cast<std::uint64_t>(status.st_size) != length) {
    if (auto resized = file.resize(length); !resized) return resized;
  }
  return preallocate ? file.reserve(length) : Result<void>{};
}

Result<void> sync_directory(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return io_failure("cannot open the directory", directory, errno);
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  // EINVAL: this file system has nothing to sync in a directory.
  if (error != 0 && error != EINVAL) {
    return io_failure("cannot write out the directory", directory, error);
  }
  return {};
}

}  // namespace

PartFile::PartFile(File file, fs::path part, fs::path final_path, bool resumed, bool sync)
    : file_(std::move(file)),
      part_path_(std::move(part)),
      final_path_(std::move(final_path)),
      resumed_(resumed),
      sync_(sync) {}

Result<PartFile> PartFile::open(const fs::path& directory, const std::string& name,
                                std::uint64_t length, const PartOptions& options) {
  if (auto good = check_name(name); !good) return std::unexpected(std::move(good).error());
  if (auto good = check_directory(directory); !good)
    return std::unexpected(std::move(good).error());
  const fs::path part = directory / part_name(name);
  const fs::path final_path = directory / name;

  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto file = File::open_to_fill(part, final_path);
    if (!file) return std::unexpected(std::move(file).error());
    if (auto locked = lock(*file, part); !locked) {
      return std::unexpected(std::move(locked).error());
    }
    // A leecher that was finishing may have renamed it between our open() and our lock.
    if (!names(part, *file)) continue;

    struct stat status {};
    if (::fstat(file->descriptor(), &status) != 0) return io_failure("cannot look at", part, errno);
    if (auto ready = prepare(*file, status, part, final_path, length, options.preallocate);
        !ready) {
      if (status.st_size == 0) ::unlink(part.c_str());  // most likely made by us just now
      return std::unexpected(std::move(ready).error());
    }
    return PartFile(*std::move(file), part, final_path, status.st_size > 0, options.sync);
  }
  return fail(Errc::busy, shown(part) + ": somebody keeps replacing it; try again later");
}

Result<void> PartFile::finish() {
  if (sync_) {
    if (auto synced = file_.sync(); !synced) return synced;
  }
  if (!names(part_path_, file_)) {
    return fail(Errc::io, shown(part_path_) +
                              " was moved, replaced or deleted while it was being "
                              "filled; start again");
  }
  const int error = rename_without_replacing(part_path_, final_path_);
  if (error == EEXIST) {
    return fail(Errc::conflict, "cannot finish " + shown(final_path_) +
                                    ": a file of that name has appeared meanwhile; the download "
                                    "stays in " +
                                    shown(part_path_));
  }
  if (error != 0) return io_failure("cannot give its final name to", part_path_, error);
  return sync_ ? sync_directory(final_path_.parent_path()) : Result<void>{};
}

Result<void> PartFile::take_name_back() const {
  const int error = rename_without_replacing(final_path_, part_path_);
  if (error == 0) return {};
  return fail(Errc::io, shown(final_path_) +
                            " was changed by another program while it was given its name, and is "
                            "not to be trusted; remove it and start again");
}

bool PartFile::remove_second_name(const fs::path& directory, const std::string& name) {
  const fs::path part = directory / part_name(name);
  std::error_code ignored;
  if (!fs::equivalent(part, directory / name, ignored)) return false;
  const auto file = File::open_to_fill(part);  // NFS locks only what may be written
  if (!file || !names(directory / name, *file) || !lock(*file, part)) return false;
  return names(part, *file) && ::unlink(part.c_str()) == 0;
}

void PartFile::discard_if_new() const {
  if (!resumed_ && names(part_path_, file_)) ::unlink(part_path_.c_str());
}

}  // namespace shoal::storage
