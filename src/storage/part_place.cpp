#include "storage/part_place.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "storage/io_error.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;

// Nobody else writes to what we prove; a file that is finished gets what the umask allows.
constexpr ::mode_t kModeWhileFilled = 0644;

}  // namespace

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

bool anything_at(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

bool names(const fs::path& path, int descriptor) {
  struct stat by_path {};
  struct stat opened {};
  return ::lstat(path.c_str(), &by_path) == 0 && ::fstat(descriptor, &opened) == 0 &&
         by_path.st_dev == opened.st_dev && by_path.st_ino == opened.st_ino;
}

Lock lock(const File& file) {
  while (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Lock::somebody_elses;
    if (errno != EINTR) return Lock::unknown_here;
  }
  return Lock::ours;
}

int open_at(const fs::path& path, int flags) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags,
                        kModeWhileFilled);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

std::string why_closed(const fs::path& path, int error) {
  if (error == ELOOP) return "is a symbolic link, which is not followed";
  if (error == EISDIR) return "is a directory";
  if (error == ENXIO) return "is not a regular file";
  if (error != EACCES && error != EPERM) return {};
  struct stat status {};
  const bool others = ::lstat(path.c_str(), &status) == 0 && status.st_uid != ::geteuid();
  return others ? "belongs to another user" : "may not be written to";
}

FoundPart open_or_create(const fs::path& path, const fs::path& known_as, std::uint64_t length,
                         const NewFile& fresh) {
  int descriptor = open_at(path, O_CREAT | O_EXCL);
  FoundPart found{.file = {}, .existed = descriptor < 0 && errno == EEXIST, .objection = {}};
  if (found.existed) descriptor = open_at(path, 0);
  if (descriptor < 0) {
    const int error = errno;
    if (found.existed) found.objection = why_closed(path, error);
    if (found.objection.empty()) found.error = error;
    return found;
  }
  File file = File::of_descriptor(descriptor, known_as);
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

std::unexpected<Error> no_name_left(const std::string& first) {
  return fail(Errc::conflict, first + ", and so are " + std::to_string(kNames - 1) +
                                  " others like it; move them away or choose another directory");
}

std::unexpected<Error> somebody_fetches(const fs::path& path) {
  return fail(Errc::busy, shown(path) +
                              ": another leecher is fetching it; wait for that one "
                              "or choose another directory");
}

std::unexpected<Error> keeps_being_replaced(const fs::path& final_path) {
  return fail(Errc::busy, shown(final_path) +
                              ": somebody keeps replacing what it is filled under; "
                              "try again later");
}

Result<void> sync_directory(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return io_failure("cannot open the directory", directory, errno);
  const int error = sync_folder(descriptor);
  ::close(descriptor);
  if (error != 0) return io_failure("cannot write out the directory", directory, error);
  return {};
}

int sync_folder(int descriptor) {
  // EINVAL: this file system has nothing to sync in a directory.
  return ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
}

}  // namespace shoal::storage
