#include "storage/room.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/units.hpp"
#include "storage/io_error.hpp"

namespace shoal::storage {
namespace {

constexpr std::uint64_t kStep = 16 << 20;  // a slow stick writes that in a few seconds

struct Size {
  std::uint64_t length = 0;
  std::uint64_t on_disk = 0;
};

Result<Size> size_of(const File& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) {
    return io_failure("cannot look at", file.path(), errno);
  }
  return Size{.length = static_cast<std::uint64_t>(status.st_size),
              .on_disk = static_cast<std::uint64_t>(status.st_blocks) * 512};
}

/// Up to the whole length at once, if there is a hole after the first step.
Result<std::uint64_t> lengthen(const File& file, std::uint64_t from, std::uint64_t length) {
  const auto before = size_of(file);
  if (!before) return std::unexpected(before.error());
  const std::uint64_t next = from + std::min(kStep, length - from);
  if (auto resized = file.resize(next); !resized) return std::unexpected(resized.error());
  const auto after = size_of(file);
  if (!after) return std::unexpected(after.error());
  const bool is_hole = after->on_disk < before->on_disk + (next - from) / 2;
  if (next == length || !is_hole) return next;
  if (auto resized = file.resize(length); !resized) return std::unexpected(resized.error());
  return length;
}

Result<std::uint64_t> reserve(const File& file, std::uint64_t from, std::uint64_t length) {
  const std::uint64_t next = from + std::min(kStep, length - from);
  if (auto reserved = file.reserve(next, from); !reserved) {
    return std::unexpected(reserved.error());
  }
  return next;
}

}  // namespace

Result<void> check_space(const File& file, const std::filesystem::path& final_path,
                         std::uint64_t length, std::uint64_t here) {
  struct statvfs disk {};
  if (::fstatvfs(file.descriptor(), &disk) != 0 || disk.f_blocks == 0 || disk.f_frsize == 0) {
    return {};  // the file system cannot tell
  }
  const std::uint64_t missing = length - std::min(here, length);
  // Divided rather than multiplied: nothing can overflow.
  if (missing / disk.f_frsize <= disk.f_bavail) return {};
  return fail(Errc::io, "no room for " + shown(final_path) + ": it needs " + format_size(missing) +
                            " more, " + format_size(disk.f_bavail * disk.f_frsize) +
                            " are free; free some space or choose another directory");
}

Result<void> make_room(const File& file, std::uint64_t length, const RoomOptions& options) {
  const auto size = size_of(file);
  if (!size) return std::unexpected(size.error());
  std::uint64_t made = options.preallocate ? 0 : size->length;
  if (options.on_made) options.on_made(made);
  while (made < length) {
    if (options.stop.stop_requested()) return fail(Errc::cancelled, "interrupted");
    const auto next =
        options.preallocate ? reserve(file, made, length) : lengthen(file, made, length);
    if (!next) return std::unexpected(next.error());
    made = *next;
    if (options.on_made) options.on_made(made);
  }
  return {};
}

}  // namespace shoal::storage
