#include "storage/part_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "metainfo/name.hpp"
#include "storage/io_error.hpp"
#include "storage/part_name.hpp"
#include "storage/rename.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;

// How often the file may be renamed under our hands before we believe that somebody else is at
// work.
constexpr int kAttempts = 5;
constexpr int kNames = 4;  // tried, should others have put something there
// Nobody else writes to what we prove; finish() gives what the umask allows.
constexpr ::mode_t kModeWhileFilled = 0644;
constexpr const char* kIsLonger = "is longer than this file";
constexpr ::mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

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

enum class Lock : std::uint8_t { ours, somebody_elses, unknown_here };

/// Lustre and NFS may be mounted without locks; then nobody is kept out, and that is all.
Lock lock(const File& file) {
  while (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Lock::somebody_elses;
    if (errno != EINTR) return Lock::unknown_here;
  }
  return Lock::ours;
}

/// -1 and errno. What is there is neither followed nor waited for.
int open_at(const fs::path& path, int flags) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags,
                        kModeWhileFilled);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

/// Why what is there cannot be opened, though the system could do it: words that follow "it".
/// Empty: the fault is the system's.
std::string why_closed(const fs::path& path, int error) {
  if (error == ELOOP) return "is a symbolic link, which is not followed";
  if (error == EISDIR) return "is a directory";
  if (error == ENXIO) return "is not a regular file";
  if (error != EACCES && error != EPERM) return {};
  struct stat status {};
  const bool others = ::lstat(path.c_str(), &status) == 0 && status.st_uid != ::geteuid();
  return others ? "belongs to another user" : "may not be written to";
}

struct Found {
  std::optional<File> file;
  int error = 0;          // of the system
  bool existed = false;   // the name was taken
  std::string objection;  // why it cannot be ours
};

Found open_or_create(const fs::path& path, const fs::path& final_path, std::uint64_t length,
                     const NewFile& fresh) {
  int descriptor = open_at(path, O_CREAT | O_EXCL);
  Found found{.file = {}, .existed = descriptor < 0 && errno == EEXIST, .objection = {}};
  if (found.existed) descriptor = open_at(path, 0);
  if (descriptor < 0) {
    const int error = errno;
    if (found.existed) found.objection = why_closed(path, error);
    if (found.objection.empty()) found.error = error;
    return found;
  }
  File file = File::of_descriptor(descriptor, final_path);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    found.error = errno;
    return found;
  }
  if (found.existed) found.objection = why_not_ours(status, fresh);
  if (found.objection.empty() && std::cmp_greater(status.st_size, length)) {
    found.objection = kIsLonger;
  }
  if (found.objection.empty()) found.file = std::move(file);
  return found;
}

std::string left_alone(const fs::path& path, const std::string& why) {
  return shown(path) + " " + why + "; it is left as it is";
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

struct PartFile::Place {
  File file;
  fs::path path;
  bool resumed = false;
  std::vector<std::string> notes;
  bool locked = false;
};

PartFile::PartFile(Place place, fs::path final_path, std::uint64_t length, PartOptions options,
                   NewFile fresh)
    : file_(std::move(place.file)),
      part_path_(std::move(place.path)),
      final_path_(std::move(final_path)),
      length_(length),
      options_(std::move(options)),
      fresh_(fresh),
      notes_(std::move(place.notes)),
      resumed_(place.resumed),
      locked_(place.locked) {}

/// A new file under the first name that is free or ours. Nothing when it was renamed meanwhile: by
/// a leecher that was finishing.
Result<std::optional<PartFile::Place>> PartFile::take_place(const fs::path& directory,
                                                            const std::string& name,
                                                            const Digest& root,
                                                            std::uint64_t length,
                                                            const NewFile& fresh) {
  std::vector<std::string> notes;
  for (int which = 1; which <= kNames; ++which) {
    const fs::path path = directory / part_name(name, root, which, longest_name(directory));
    Found found = open_or_create(path, directory / name, length, fresh);
    if (found.error == ENOENT && found.existed) return std::nullopt;
    if (found.error != 0) {
      if (auto refused = refused_name(directory / name, found.error); refused && !found.existed) {
        return std::unexpected(*std::move(refused));
      }
      return io_failure("cannot create or open", path, found.error);
    }
    if (!found.objection.empty()) {
      notes.push_back(left_alone(path, found.objection));
      continue;
    }
    File file = *std::move(found.file);
    const Lock held = lock(file);
    if (held == Lock::somebody_elses) {
      return fail(Errc::busy, shown(path) +
                                  ": another leecher is fetching it; wait for that one "
                                  "or choose another directory");
    }
    struct stat status {};
    if (!names(path, file) || ::fstat(file.descriptor(), &status) != 0) return std::nullopt;
    return Place{.file = std::move(file),
                 .path = path,
                 .resumed = status.st_size > 0,
                 .notes = std::move(notes),
                 .locked = held == Lock::ours};
  }
  return fail(Errc::conflict, notes.front() + ", and so are " + std::to_string(kNames - 1) +
                                  " others like it; move them away or choose another directory");
}

Result<PartFile> PartFile::open(const fs::path& directory, const std::string& name,
                                const Digest& root, std::uint64_t length,
                                const PartOptions& options) {
  if (auto good = check_name(name); !good) return std::unexpected(std::move(good).error());
  if (auto good = check_directory(directory); !good)
    return std::unexpected(std::move(good).error());
  const fs::path final_path = directory / name;
  if (name.size() > longest_name(directory)) {
    return std::unexpected(*refused_name(final_path, ENAMETOOLONG));
  }
  // Without a file to compare with, one that is there has to be closed to all others.
  const NewFile fresh = new_file_in(directory).value_or(NewFile{.owner = ::geteuid(), .mode = 0});

  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto place = take_place(directory, name, root, length, fresh);
    if (!place) return std::unexpected(std::move(place).error());
    if (!*place) continue;
    PartFile part(**std::move(place), final_path, length, options, fresh);
    if (!part.resumed_) part.look_for_candidate(directory / old_part_name(name));
    if (auto ready = part.prepare(); !ready) {
      if (!part.resumed_) ::unlink(part.part_path_.c_str());
      return std::unexpected(std::move(ready).error());
    }
    return part;
  }
  return fail(Errc::busy, shown(final_path) +
                              ": somebody keeps replacing what it is filled under; "
                              "try again later");
}

Result<void> PartFile::prepare() {
  if (anything_at(final_path_)) {
    return fail(Errc::conflict, shown(final_path_) + " is there already; it is left as it is");
  }
  if (!candidate_) return take_room();
  struct stat status {};
  if (::fstat(candidate_->file.descriptor(), &status) != 0) {
    return io_failure("cannot look at", candidate_->path, errno);
  }
  return check_space(file_, final_path_, length_,
                     static_cast<std::uint64_t>(status.st_blocks) * 512);
}

Result<void> PartFile::take_room() const {
  struct stat status {};
  if (::fstat(file_.descriptor(), &status) != 0) {
    return io_failure("cannot look at", part_path_, errno);
  }
  const auto here = static_cast<std::uint64_t>(status.st_blocks) * 512;
  if (auto space = check_space(file_, final_path_, length_, here); !space) return space;
  return make_room(file_, length_, options_.room);
}

void PartFile::look_for_candidate(const fs::path& path) {
  const int descriptor = open_at(path, 0);
  if (descriptor < 0) {
    const std::string why = why_closed(path, errno);
    if (!why.empty()) notes_.push_back(left_alone(path, why));
    return;
  }
  File file = File::of_descriptor(descriptor, final_path_);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || status.st_size == 0) return;
  std::string why = why_not_ours(status, fresh_);
  const auto length = static_cast<std::uint64_t>(status.st_size);
  if (why.empty() && length > length_) why = kIsLonger;
  if (why.empty() && lock(file) == Lock::somebody_elses) why = "is being filled by another program";
  if (!why.empty()) {
    notes_.push_back(left_alone(path, why));
    return;
  }
  candidate_ = Candidate{.file = std::move(file), .path = path, .length = length};
}

std::string PartFile::adopt(Candidate& old) {
  struct stat status {};
  const bool same = names(old.path, old.file) && ::fstat(old.file.descriptor(), &status) == 0 &&
                    why_not_ours(status, fresh_).empty() &&
                    std::cmp_less_equal(status.st_size, length_);
  if (!same) return "was changed or taken away by another program meanwhile";
  // Replaces our own empty file, which we have under lock.
  if (std::rename(old.path.c_str(), part_path_.c_str()) != 0) {
    return "cannot be renamed (" + in_words(Tried::rename, errno) + ")";
  }
  file_ = std::move(old.file);
  resumed_ = true;
  static_cast<void>(::fchmod(file_.descriptor(), status.st_mode & 0777u & ~kOthersMayWrite));
  return {};
}

Result<PartFile::Settled> PartFile::settle_candidate(bool proven) {
  if (!candidate_) return Settled{};
  Candidate old = *std::exchange(candidate_, std::nullopt);
  if (!names(part_path_, file_)) return gone();
  std::string why = proven ? adopt(old) : "holds nothing of it";
  if (auto room = take_room(); !room) return std::unexpected(std::move(room).error());
  const bool adopted = why.empty();
  return Settled{.adopted = adopted, .why = std::move(why)};
}

std::unexpected<Error> PartFile::gone() const {
  return fail(Errc::io, shown(part_path_) +
                            " was moved, replaced or deleted while it was being filled; "
                            "start again");
}

Result<void> PartFile::finish() {
  struct stat status {};
  if (::fstat(file_.descriptor(), &status) != 0) {
    return io_failure("cannot look at", part_path_, errno);
  }
  if (options_.sync) {
    if (auto synced = file_.sync(); !synced) return synced;
  }
  if (!names(part_path_, file_)) return gone();
  const int error = rename_without_replacing(part_path_, final_path_);
  if (error == EEXIST) {
    return fail(Errc::conflict, "cannot finish " + shown(final_path_) +
                                    ": a file of that name has appeared meanwhile; the download "
                                    "stays in " +
                                    shown(part_path_));
  }
  if (error != 0)
    return io_failure("cannot give its final name to", part_path_, error, Tried::rename);
  // Who may read it may write it too, where the umask says so; not before, for what others may
  // write to is not gone on from.
  const ::mode_t readers = (status.st_mode & (S_IRGRP | S_IROTH)) >> 1u;
  const ::mode_t mode = (status.st_mode | (readers & fresh_.mode & kOthersMayWrite)) & 0777u;
  if (mode != (status.st_mode & 0777u)) static_cast<void>(::fchmod(file_.descriptor(), mode));
  return options_.sync ? sync_directory(final_path_.parent_path()) : Result<void>{};
}

Result<void> PartFile::take_name_back() const {
  if (!names(final_path_, file_)) {  // what stands there instead is not ours to be moved
    return fail(Errc::io, shown(final_path_) +
                              " was moved, replaced or deleted by another program as soon as it "
                              "had its name; start again");
  }
  struct stat status {};
  if (::fstat(file_.descriptor(), &status) == 0 && (status.st_mode & kOthersMayWrite) != 0) {
    static_cast<void>(::fchmod(file_.descriptor(), status.st_mode & 0777u & ~kOthersMayWrite));
  }
  const int error = rename_without_replacing(final_path_, part_path_);
  if (error == 0) return {};
  return fail(Errc::io, shown(final_path_) +
                            " was changed by another program while it was given its name, and is "
                            "not to be trusted; remove it and start again");
}

bool PartFile::remove_second_name(const fs::path& directory, const std::string& name,
                                  const Digest& root) {
  std::vector<std::string> parts{old_part_name(name)};
  for (int which = 1; which <= kNames; ++which) {
    parts.push_back(part_name(name, root, which, longest_name(directory)));
  }
  return std::ranges::any_of(parts, [&](const std::string& other) {
    const fs::path part = directory / other;
    std::error_code ignored;
    if (!fs::equivalent(part, directory / name, ignored)) return false;
    const int descriptor = open_at(part, 0);  // NFS locks only what may be written
    if (descriptor < 0) return false;
    const File file = File::of_descriptor(descriptor, part);
    if (!names(directory / name, file) || lock(file) == Lock::somebody_elses) return false;
    return names(part, file) && ::unlink(part.c_str()) == 0;
  });
}

void PartFile::discard_if_new() const {
  if (!resumed_ && names(part_path_, file_)) ::unlink(part_path_.c_str());
}

}  // namespace shoal::storage
