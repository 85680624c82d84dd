#include "storage/empty_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/io_error.hpp"
#include "storage/part_name.hpp"

namespace shoal::storage {

Result<void> make_empty_file(const std::filesystem::path& path) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int descriptor = ::open(path.c_str(), kFlags, 0666);
  if (descriptor >= 0) {
    ::close(descriptor);
    return {};
  }
  const int error = errno;
  if (error != EEXIST) {
    if (auto refused = refused_name(path, error)) return std::unexpected(*std::move(refused));
    return io_failure("cannot create", path, error, Tried::create);
  }
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0) {
    return {};
  }
  return fail(Errc::conflict,
              shown(path) + " exists already with other content; move it away first");
}

}  // namespace shoal::storage
