#include "storage/hashing_place.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "storage/beneath.hpp"
#include "storage/io_error.hpp"

namespace shoal::storage {
namespace {

/// 0, or what went wrong (errno); ENODATA where the file ends before.
int fill_from(int descriptor, MutableBytes content) {
  while (!content.empty()) {
    const ssize_t got = ::read(descriptor, content.data(), content.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? errno : ENODATA;
    content = content.subspan(static_cast<std::size_t>(got));
  }
  return 0;
}

}  // namespace

Result<HashingPlace> HashingPlace::open(std::filesystem::path folder) {
  Descriptor top(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!top.is_open()) return io_failure("cannot look into", folder, errno);
  return HashingPlace(std::move(top), std::move(folder));
}

Result<Descriptor> HashingPlace::open(const FoundEntry& file) const {
  // Whatever has been put in its place, a pipe or a terminal, is not waited for.
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
  Descriptor opened(openat_beneath(top_.get(), file.entry.path, kFlags));
  if (opened.is_open()) return opened;
  const int error = errno;
  if (error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENXIO) {
    return fail(Errc::io, shown(path_of(file)) +
                              " was moved, deleted or replaced while the folder was being hashed; "
                              "try again");
  }
  return io_failure("cannot open", path_of(file), error);
}

FileIdentity HashingPlace::identity() const {
  struct stat status {};
  return ::fstat(top_.get(), &status) == 0 ? identity_of(status) : FileIdentity{};
}

Result<void> HashingPlace::read_whole(const FoundEntry& file, MutableBytes content) const {
  const auto opened = open(file);
  if (!opened) return std::unexpected(opened.error());
  const int error = fill_from(opened->get(), content);
  // What has become another file, or has no such length any more, is no matter of the disk.
  auto same = check_same(file, opened->get());
  if (same && error != 0) return io_failure("cannot read", path_of(file), error);
  return same;
}

Result<void> HashingPlace::check_same(const FoundEntry& file, int descriptor) const {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return io_failure("cannot look at", path_of(file), errno);
  if (S_ISREG(status.st_mode) && identity_of(status) == file.version.identity) return {};
  return fail(Errc::io, shown(path_of(file)) + " was changed while it was being hashed; try again");
}

}  // namespace shoal::storage
