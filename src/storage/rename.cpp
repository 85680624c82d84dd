#include "storage/rename.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shoal::storage {
namespace {

// When placeholders were last changed, they say: a moment in 1981 that no file has by accident, and
// that FAT can note (from 1980 on, even seconds).
constexpr std::time_t kPlaceholderTime = 353'739'968;

bool knows_no_links(int error) {
  return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EINVAL ||
         error == EMLINK;
}

bool is_placeholder(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_size == 0 && status.st_nlink == 1 &&
         status.st_mtim.tv_sec == kPlaceholderTime;
}

bool is_same_and_empty(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino && one.st_size == 0;
}

int rename_by_any_way(const std::filesystem::path& from, const std::filesystem::path& to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  // The kernel or this file system does not know the flag.
  if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return errno;
#endif
  const int error = link_and_unlink(from, to);
  return knows_no_links(error) ? rename_over_placeholder(from, to) : error;
}

}  // namespace

int rename_without_replacing(const std::filesystem::path& from, const std::filesystem::path& to) {
  const int error = rename_by_any_way(from, to);
  return error == EEXIST && remove_placeholder(to) ? rename_by_any_way(from, to) : error;
}

int link_and_unlink(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  return ::unlink(from.c_str()) == 0 ? 0 : errno;
}

int rename_over_placeholder(const std::filesystem::path& from, const std::filesystem::path& to) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int descriptor = ::open(to.c_str(), kFlags, 0600);
  if (descriptor < 0) return errno;
  struct stat made {};
  struct stat there {};
  const std::array<timespec, 2> times{{{kPlaceholderTime, 0}, {kPlaceholderTime, 0}}};
  static_cast<void>(::futimens(descriptor, times.data()));
  const bool known = ::fstat(descriptor, &made) == 0;
  ::close(descriptor);  // FUSE and NFS keep what is open under another name
  const auto is_ours = [&] {
    // By its time too: some file systems make up another inode number.
    return known && ::lstat(to.c_str(), &there) == 0 &&
           (is_placeholder(there) || is_same_and_empty(there, made));
  };
  if (!is_ours()) return EEXIST;
  const int error = std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  if (error != 0 && is_ours()) ::unlink(to.c_str());
  return error;
}

bool remove_placeholder(const std::filesystem::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && is_placeholder(status) &&
         ::unlink(path.c_str()) == 0;
}

}  // namespace shoal::storage
