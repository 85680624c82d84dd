#include "storage/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

#include "storage/io_error.hpp"

namespace shoal::storage {
namespace {

static_assert(sizeof(off_t) == 8, "files may be larger than 4 GiB");

constexpr std::uint64_t kMaxOffset = std::numeric_limits<off_t>::max();
// Well below IOV_MAX; 64 blocks are 1 MiB, so one call more or less does not matter.
constexpr std::size_t kPartsPerCall = 64;

template <class Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// What of `parts` is left to write, as system calls want it.
class Remainder {
 public:
  explicit Remainder(std::span<const BytesView> parts) : parts_(parts) { skip(0); }

  [[nodiscard]] std::span<const iovec> vectors() {
    std::size_t count = 0;
    for (const BytesView part : parts_.first(std::min(parts_.size(), kPartsPerCall))) {
      const BytesView rest = part.subspan(count == 0 ? done_ : 0);
      // writev() only reads through these pointers.
      vectors_[count++] = {const_cast<std::byte*>(rest.data()), rest.size()};
    }
    return std::span(vectors_).first(count);
  }

  void skip(std::size_t bytes) {
    done_ += bytes;
    while (!parts_.empty() && done_ >= parts_.front().size()) {
      done_ -= parts_.front().size();
      parts_ = parts_.subspan(1);
    }
  }

  [[nodiscard]] bool empty() const { return parts_.empty(); }

 private:
  std::span<const BytesView> parts_;
  std::size_t done_ = 0;  // of parts_.front()
  std::array<iovec, kPartsPerCall> vectors_;
};

/// Wraps around far from now (after 2262): other times must stay others, and need not be in order.
std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
                                   static_cast<std::uint64_t>(time.tv_nsec));
}

}  // namespace

FileIdentity identity_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .length = static_cast<std::uint64_t>(status.st_size),
          .modified_ns = nanoseconds(status.st_mtim)};
}

FileVersion version_of(const struct stat& status) {
  return {identity_of(status), nanoseconds(status.st_ctim)};
}

File::File(int descriptor, std::filesystem::path path)
    : descriptor_(descriptor), path_(std::move(path)) {}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> File::require_regular(const std::filesystem::path& path) const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return io_failure("cannot look at", path, errno);
  if (S_ISDIR(status.st_mode)) return io_failure("cannot open", path, EISDIR);
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::io, "cannot open " + shown(path) + ": it is not a regular file");
  }
  return {};
}

Result<File> File::open_to_read(const std::filesystem::path& path) {
  // O_NONBLOCK: a named pipe must not keep us waiting for its other end.
  const int descriptor =
      retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); });
  if (descriptor < 0) return io_failure("cannot open", path, errno);
  File file(descriptor, path);
  if (auto regular = file.require_regular(path); !regular) {
    return std::unexpected(std::move(regular).error());
  }
  return file;
}

Result<File> File::open_to_fill(const std::filesystem::path& path, std::filesystem::path known_as,
                                ::mode_t mode) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  const int descriptor = retry_interrupted([&] { return ::open(path.c_str(), kFlags, mode); });
  if (descriptor < 0) {
    const int error = errno;
    if (error == ELOOP) {
      return fail(Errc::io, "cannot open " + shown(path) +
                                ": it is a symbolic link, which is not followed; remove it");
    }
    return io_failure("cannot create or open", path, error, Tried::create);
  }
  if (known_as.empty()) known_as = path;
  File file(descriptor, std::move(known_as));
  if (auto regular = file.require_regular(path); !regular) {
    return std::unexpected(std::move(regular).error());
  }
  return file;
}

File File::of_descriptor(int descriptor, std::filesystem::path known_as) {
  return {descriptor, std::move(known_as)};
}

Result<FileIdentity> File::identity() const {
  auto now = version();
  if (!now) return std::unexpected(std::move(now).error());
  return now->identity;
}

Result<FileVersion> File::version() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return io_failure("cannot look at", path_, errno);
  return version_of(status);
}

Result<void> File::read_at(std::uint64_t offset, MutableBytes out) const {
  while (!out.empty()) {
    const ssize_t got = retry_interrupted(
        [&] { return ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset)); });
    if (got < 0) return io_failure("cannot read", path_, errno);
    if (got == 0) {
      return fail(Errc::io, shown(path_) + " was changed: it ends at or before byte " +
                                std::to_string(offset) + ", " + std::to_string(out.size()) +
                                " more bytes were expected there");
    }
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

bool File::read_at_if_cached([[maybe_unused]] std::uint64_t offset, MutableBytes out) const {
  if (out.empty()) return true;
#ifdef RWF_NOWAIT
  if (offset > kMaxOffset) return false;  // -1 would mean "the current position"
  const iovec vector{out.data(), out.size()};
  const ssize_t got = ::preadv2(descriptor_, &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  return got >= 0 && static_cast<std::size_t>(got) == out.size();
#else
  return false;
#endif
}

Result<void> File::write_at(std::uint64_t offset, std::span<const BytesView> parts) const {
  for (Remainder rest(parts); !rest.empty();) {
    const std::span<const iovec> vectors = rest.vectors();
    const ssize_t put = retry_interrupted([&] {
      return ::pwritev(descriptor_, vectors.data(), static_cast<int>(vectors.size()),
                       static_cast<off_t>(offset));
    });
    // Nothing written without an error cannot go on for ever.
    if (put <= 0) return io_failure("cannot write", path_, put < 0 ? errno : EIO);
    offset += static_cast<std::uint64_t>(put);
    rest.skip(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> File::resize(std::uint64_t length) const {
  if (length > kMaxOffset) return io_failure("cannot resize", path_, EFBIG, Tried::resize);
  const auto size = static_cast<off_t>(length);
  if (retry_interrupted([&] { return ::ftruncate(descriptor_, size); }) != 0) {
    return io_failure("cannot resize", path_, errno, Tried::resize);
  }
  return {};
}

Result<void> File::reserve(std::uint64_t length, std::uint64_t from) const {
  if (from >= length) return {};
  if (length > kMaxOffset)
    return io_failure("cannot reserve room for", path_, EFBIG, Tried::reserve);
  int error = EINTR;
  while (error == EINTR) {
    error =
        ::posix_fallocate(descriptor_, static_cast<off_t>(from), static_cast<off_t>(length - from));
  }
  if (error != 0) return io_failure("cannot reserve room for", path_, error, Tried::reserve);
  return {};
}

Result<void> File::sync() const {
  if (retry_interrupted([&] { return ::fdatasync(descriptor_); }) != 0) {
    return io_failure("cannot write out", path_, errno);
  }
  return {};
}

File::Range File::next_data(std::uint64_t offset, std::uint64_t length) const {
  if (offset >= length || offset > kMaxOffset) return {length, length};
#if defined(SEEK_DATA) && defined(SEEK_HOLE)
  // Moves the descriptor's own position, which nobody uses.
  const off_t data = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
  if (data < 0 && errno == ENXIO) return {length, length};
  if (data >= 0) {
    const auto begin = static_cast<std::uint64_t>(data);
    if (begin >= length) return {length, length};
    const off_t hole = ::lseek(descriptor_, data, SEEK_HOLE);
    return {begin, hole > data ? std::min(length, static_cast<std::uint64_t>(hole)) : length};
  }
#endif
  return {offset, length};
}

}  // namespace shoal::storage
