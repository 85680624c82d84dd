#include "storage/beneath.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/openat2.h>)
#  include <linux/openat2.h>
#endif

#include "storage/io_error.hpp"

namespace shoal::storage {
namespace {

constexpr int kMakesFile = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);

int refuse(int error) {
  errno = error;
  return -1;
}

void close_keeping_errno(int descriptor) {
  const int error = errno;
  ::close(descriptor);
  errno = error;
}

bool is_below(std::string_view path) {
  if (path.contains('\0')) return false;
  for (;;) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view element = path.substr(0, end);
    if (element.empty() || element == "." || element == "..") return false;
    if (end == path.size()) return true;
    path.remove_prefix(end + 1);
  }
}

template <class Call>
int again_if_interrupted(Call call) {
  int result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

bool is_link(int folder, const char* name) {
  struct stat status {};
  return ::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

/// `name` is a single element.
int open_element(int folder, const std::string& name, int flags, ::mode_t mode) {
  const int descriptor = again_if_interrupted(
      [&] { return ::openat(folder, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode); });
  if (descriptor < 0) {
    const int error = errno;
    // Of a link the system says that it is no folder, where it should be one.
    return refuse(error == ENOTDIR && is_link(folder, name.c_str()) ? ELOOP : error);
  }
  if ((flags & O_PATH) != 0 && (flags & O_NOFOLLOW) == 0) {
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISLNK(status.st_mode)) {
      ::close(descriptor);
      return refuse(ELOOP);
    }
  }
  return descriptor;
}

}  // namespace

int step_beneath(int folder, std::string_view path, int flags, ::mode_t mode) {
  if (!is_below(path)) return refuse(EINVAL);
  for (int at = folder;;) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const bool last = end == path.size();
    const std::string element(path.substr(0, end));
    const int next = last ? open_element(at, element, flags, mode)
                          : open_element(at, element, O_PATH | O_DIRECTORY, 0);
    if (at != folder) close_keeping_errno(at);
    if (last || next < 0) return next;
    path.remove_prefix(end + 1);
    at = next;
  }
}

int openat_beneath(int folder, std::string_view path, int flags, ::mode_t mode) {
#if defined(SYS_openat2) && defined(RESOLVE_BENEATH)
  static std::atomic<bool> known = true;  // to the kernel, as far as we have seen
  if (known.load(std::memory_order_relaxed)) {
    if (!is_below(path)) return refuse(EINVAL);
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.mode = (flags & kMakesFile) != 0 ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const std::string text(path);
    const int descriptor = again_if_interrupted([&] {
      return static_cast<int>(::syscall(SYS_openat2, folder, text.c_str(), &how, sizeof how));
    });
    if (descriptor >= 0) return descriptor;
    if (errno == ENOSYS) known.store(false, std::memory_order_relaxed);
    // Sandboxes that do not know the call say EPERM: then the other way finds out what is true.
    if (errno != ENOSYS && errno != EPERM) return -1;
  }
#endif
  return step_beneath(folder, path, flags, mode);
}

Result<int> open_beneath(int folder, std::string_view path, int flags, ::mode_t mode,
                         const std::filesystem::path& known_as) {
  const int descriptor = openat_beneath(folder, path, flags, mode);
  if (descriptor >= 0) return descriptor;
  const int error = errno;
  const std::filesystem::path& name = known_as.empty() ? std::filesystem::path(path) : known_as;
  if (error == ELOOP) {
    return fail(Errc::io, "cannot open " + shown(name) +
                              ": a symbolic link is in its path, which is not followed; remove it");
  }
  const Tried tried = (flags & kMakesFile) != 0 ? Tried::create : Tried::other;
  return io_failure(tried == Tried::create ? "cannot create or open" : "cannot open", name, error,
                    tried);
}

}  // namespace shoal::storage
