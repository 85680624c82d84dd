#include "storage/copy_content.hpp"

#include <algorithm>
#include <cerrno>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/bytes.hpp"

namespace shoal::storage {
namespace {

constexpr std::uint64_t kCopiedAtOnce = 1 << 20;
constexpr std::uint64_t kCopiedInOneCall = 64 << 20;  // a slow disk takes a second or so

bool share(const File& from, const File& to) {
#ifdef FICLONE
  return ::ioctl(to.descriptor(), FICLONE, from.descriptor()) == 0;
#else
  return false;
#endif
}

/// How far the system came from `done` on, which may not know how.
std::uint64_t copy_in_the_system(const File& from, const File& to, std::uint64_t done,
                                 std::uint64_t length, const std::stop_token& stop) {
  while (done < length && !stop.stop_requested()) {
    auto read_at = static_cast<off64_t>(done);
    off64_t write_at = read_at;
    const auto size = static_cast<std::size_t>(std::min(length - done, kCopiedInOneCall));
    const ssize_t copied =
        ::copy_file_range(from.descriptor(), &read_at, to.descriptor(), &write_at, size, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) break;  // who copies the rest by hand finds out why
    done += static_cast<std::uint64_t>(copied);
  }
  return done;
}

}  // namespace

Result<void> copy_content(const File& from, const File& to, std::uint64_t length,
                          const std::stop_token& stop, Sharing sharing) {
  if (sharing == Sharing::refused) return copy_by_hand(from, to, 0, length, stop);
  if (share(from, to)) return to.resize(length);
  return copy_by_hand(from, to, copy_in_the_system(from, to, 0, length, stop), length, stop);
}

Result<void> copy_stored(const File& from, const File& to, std::uint64_t length,
                         const std::stop_token& stop, Sharing sharing) {
  const bool may_share = sharing == Sharing::allowed;
  if (may_share && share(from, to)) return to.resize(length);
  std::uint64_t at = 0;
  while (at < length) {
    const off64_t data = ::lseek64(from.descriptor(), static_cast<off64_t>(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) return {};  // nothing but a hole
    const off64_t hole = data < 0 ? -1 : ::lseek64(from.descriptor(), data, SEEK_HOLE);
    // Where the disk cannot tell, all may be data.
    const std::uint64_t begin = data < 0 ? at : static_cast<std::uint64_t>(data);
    const std::uint64_t end =
        hole < 0 ? length : std::min(length, static_cast<std::uint64_t>(hole));
    if (begin >= end) return {};
    // The system shares the room of what it copies, too.
    const std::uint64_t copied = may_share ? copy_in_the_system(from, to, begin, end, stop) : begin;
    if (auto rest = copy_by_hand(from, to, copied, end, stop); !rest) return rest;
    at = end;
  }
  return {};
}

Result<void> copy_by_hand(const File& from, const File& to, std::uint64_t begin,
                          std::uint64_t length, const std::stop_token& stop) {
  Bytes buffer(static_cast<std::size_t>(std::min(kCopiedAtOnce, length - std::min(begin, length))));
  while (begin < length) {
    if (stop.stop_requested()) return fail(Errc::cancelled, "interrupted");
    const MutableBytes some(buffer.data(), static_cast<std::size_t>(std::min<std::uint64_t>(
                                               buffer.size(), length - begin)));
    if (auto read = from.read_at(begin, some); !read) return read;
    const BytesView view = some;
    if (auto written = to.write_at(begin, {&view, 1}); !written) return written;
    begin += some.size();
  }
  return {};
}

}  // namespace shoal::storage
