#include "storage/rename.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <optional>
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

/// A name in a folder, which may be AT_FDCWD: then it is a path.
struct Name {
  int folder;
  const char* text;
};

std::optional<struct stat> look_at_name(const Name& name) {
  struct stat status {};
  if (::fstatat(name.folder, name.text, &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return status;
}

/// EINVAL where the kernel or this file system does not know how.
int rename_at_once([[maybe_unused]] const Name& from, [[maybe_unused]] const Name& to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(from.folder, from.text, to.folder, to.text, RENAME_NOREPLACE) == 0) return 0;
  return errno == ENOSYS || errno == EOPNOTSUPP ? EINVAL : errno;
#else
  return EINVAL;
#endif
}

int link_then_unlink(const Name& from, const Name& to) {
  if (::linkat(from.folder, from.text, to.folder, to.text, 0) != 0) return errno;
  return ::unlinkat(from.folder, from.text, 0) == 0 ? 0 : errno;
}

int rename_over(const Name& from, const Name& to) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int descriptor = ::openat(to.folder, to.text, kFlags, 0600);
  if (descriptor < 0) return errno;
  struct stat made {};
  const std::array<timespec, 2> times{{{kPlaceholderTime, 0}, {kPlaceholderTime, 0}}};
  static_cast<void>(::futimens(descriptor, times.data()));
  const bool known = ::fstat(descriptor, &made) == 0;
  ::close(descriptor);  // FUSE and NFS keep what is open under another name
  const auto is_ours = [&] {
    const auto there = look_at_name(to);
    // By its time too: some file systems make up another inode number.
    return known && there && (is_placeholder(*there) || is_same_and_empty(*there, made));
  };
  if (!is_ours()) return EEXIST;
  const int error = ::renameat(from.folder, from.text, to.folder, to.text) == 0 ? 0 : errno;
  if (error != 0 && is_ours()) ::unlinkat(to.folder, to.text, 0);
  return error;
}

bool remove_placeholder(const Name& name) {
  const auto there = look_at_name(name);
  return there && is_placeholder(*there) && ::unlinkat(name.folder, name.text, 0) == 0;
}

int rename_by_any_way(const Name& from, const Name& to) {
  int error = rename_at_once(from, to);
  if (error != EINVAL) return error;
  error = link_then_unlink(from, to);
  return knows_no_links(error) ? rename_over(from, to) : error;
}

int rename_or_take_over(const Name& from, const Name& to) {
  const int error = rename_by_any_way(from, to);
  return error == EEXIST && remove_placeholder(to) ? rename_by_any_way(from, to) : error;
}

Name by_path(const std::filesystem::path& path) {
  return {AT_FDCWD, path.c_str()};
}

}  // namespace

int rename_without_replacing(const std::filesystem::path& from, const std::filesystem::path& to) {
  return rename_or_take_over(by_path(from), by_path(to));
}

int rename_without_replacing(int from_folder, const std::string& from, int to_folder,
                             const std::string& to) {
  return rename_or_take_over({from_folder, from.c_str()}, {to_folder, to.c_str()});
}

int rename_folder_without_replacing(const std::filesystem::path& from,
                                    const std::filesystem::path& to) {
  const int error = rename_at_once(by_path(from), by_path(to));
  return error == EINVAL ? make_folder_and_rename(from, to) : error;
}

int make_folder_and_rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::mkdir(to.c_str(), 0777) != 0) return errno;
  if (std::rename(from.c_str(), to.c_str()) == 0) return 0;
  const int error = errno;
  ::rmdir(to.c_str());
  // What others have put into it meanwhile keeps it from being replaced.
  return error == ENOTEMPTY ? EEXIST : error;
}

int link_and_unlink(const std::filesystem::path& from, const std::filesystem::path& to) {
  return link_then_unlink(by_path(from), by_path(to));
}

int rename_over_placeholder(const std::filesystem::path& from, const std::filesystem::path& to) {
  return rename_over(by_path(from), by_path(to));
}

bool remove_placeholder(const std::filesystem::path& path) {
  return remove_placeholder(by_path(path));
}

}  // namespace shoal::storage
