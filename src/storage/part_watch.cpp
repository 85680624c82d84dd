#include "storage/part_watch.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utility>

#include "storage/io_error.hpp"
#include "storage/local_disk.hpp"

namespace shoal::storage {
namespace {

/// Without its times: to ask for those, network file systems first write out what they have.
std::optional<struct statx> look_without_times(int directory, const char* path, int flags) {
  struct statx status {};
  constexpr unsigned kWanted = STATX_INO | STATX_SIZE | STATX_NLINK;
  if (::statx(directory, path, flags | AT_SYMLINK_NOFOLLOW, kWanted, &status) == 0) return status;
  if (errno != EPERM && errno != ENOSYS) return {};
  // Old containers do not let programs make that call.
  struct stat old {};
  if (::fstatat(directory, path, &old, flags | AT_SYMLINK_NOFOLLOW) != 0) return {};
  status.stx_ino = old.st_ino;
  status.stx_size = static_cast<std::uint64_t>(old.st_size);
  status.stx_nlink = static_cast<std::uint32_t>(old.st_nlink);
  status.stx_dev_major = gnu_dev_major(old.st_dev);
  status.stx_dev_minor = gnu_dev_minor(old.st_dev);
  return status;
}

bool same_file(const struct statx& one, const struct statx& other) {
  return one.stx_ino == other.stx_ino && one.stx_dev_major == other.stx_dev_major &&
         one.stx_dev_minor == other.stx_dev_minor;
}

bool stands_for(const std::filesystem::path& path, const File& file) {
  const auto opened = look_without_times(file.descriptor(), "", AT_EMPTY_PATH);
  const auto there = look_without_times(AT_FDCWD, path.c_str(), 0);
  return opened && there && same_file(*opened, *there);
}

}  // namespace

PartWatch::PartWatch(PartFile& part, std::uint64_t length)
    : part_(part),
      length_(length),
      watch_(part.file()),
      local_(is_on_local_disk(part.file().descriptor())) {
  remember();
}

std::optional<FileVersion> PartWatch::version() const {
  if (!local_) {  // as it is there, and not as it was when this system last asked
    struct statx ignored {};
    static_cast<void>(::statx(part_.file().descriptor(), "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC,
                              STATX_BASIC_STATS, &ignored));
  }
  const auto now = part_.file().version();
  return now ? std::optional(*now) : std::nullopt;
}

void PartWatch::remember() {
  if (local_) version_ = version();
}

void PartWatch::compare() {
  if (!local_) return;
  const auto now = version();
  if (!now || std::exchange(version_, now) != now) touched_ = true;
}

PartWatch::Seen PartWatch::look() {
  const std::lock_guard lock(mutex_);
  return finished_ ? Seen{} : look_locked();
}

PartWatch::Seen PartWatch::look_locked() {
  if (auto gone = what_became_of_it()) return {.gone = std::move(gone)};
  if (part_.candidate() != nullptr) return {};  // nothing is written, and it has no length yet
  compare();
  const auto opened = look_without_times(part_.file().descriptor(), "", AT_EMPTY_PATH);
  if (opened && opened->stx_size != length_) {
    touched_ = true;
    if (auto resized = part_.file().resize(length_); !resized) return {.gone = resized.error()};
    remember();
  }
  const OpenWatch::News news = watch_.look();
  opened_ = opened_ || news.opened;
  const bool touched = std::exchange(touched_, false) || news.written;
  quiet_ = quiet_ && !touched;
  return {.gone = {}, .touched = touched};
}

std::optional<Error> PartWatch::what_became_of_it() const {
  const auto what = [&](const char* words) {
    return Error{Errc::io, shown(part_.part_path()) + " " + words + "; start again"};
  };
  const auto opened = look_without_times(part_.file().descriptor(), "", AT_EMPTY_PATH);
  const auto there = look_without_times(AT_FDCWD, part_.part_path().c_str(), 0);
  if (there) {
    if (!opened || same_file(*opened, *there)) return std::nullopt;
    return what("was replaced by another file while it was being filled");
  }
  if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ELOOP) return {};
  if (opened && opened->stx_nlink == 0) return what("was deleted while it was being filled");
  return what(
      "is not there any more: it, its folder or its disk was taken away while it was being filled");
}

bool PartWatch::nobody_else_writes(const WriteLease& lease) const {
  if (!local_ || watch_.blind()) return false;
  if (lease.answer() != WriteLease::Answer::unknown) {
    return lease.answer() == WriteLease::Answer::held;
  }
  return !opened_ && !part_.resumed();
}

Result<std::optional<Witness>> PartWatch::finish(bool proven) {
  const std::lock_guard lock(mutex_);
  auto finished = finish_locked(proven);
  const bool is_proven_next = finished && !*finished;
  if (is_proven_next && !local_) forget_what_is_in_memory();
  return finished;
}

Result<std::optional<Witness>> PartWatch::finish_locked(bool proven) {
  const File& file = part_.file();
  if (!local_) {
    if (auto synced = file.sync(); !synced) return std::unexpected(synced.error());
  }
  const WriteLease lease(file);
  auto seen = look_locked();
  if (seen.gone) return std::unexpected(*std::move(seen.gone));
  const auto before = version();
  if (!local_ && std::exchange(version_, before) != before) seen.touched = true;
  const bool sure = (proven && quiet_) || nobody_else_writes(lease);
  if (seen.touched || !sure) return refuse(lease);

  if (auto done = part_.finish(); !done) return std::unexpected(done.error());
  const bool kept_out = lease.answer() == WriteLease::Answer::held;
  const OpenWatch::News news = watch_.look();
  const auto after = version();
  // To be given a name changes the time of the last change only.
  const bool untouched = before && after && before->identity == after->identity && !news.written &&
                         (kept_out || !news.opened);
  if (untouched && stands_for(part_.final_path(), file)) {
    finished_ = true;
    watch_.close();
    return Witness{part_.final_path(), *after};
  }
  if (auto back = part_.take_name_back(); !back) return std::unexpected(back.error());
  version_ = version();
  return refuse(lease);
}

/// Who writes to it as memory (mmap) changes its times with the first byte only, until that is
/// written out. So it is written out, for the next byte to be seen: it may come after the proof.
Result<std::optional<Witness>> PartWatch::refuse(const WriteLease& lease) {
  if (lease.answer() != WriteLease::Answer::held) {
    if (auto synced = part_.file().sync(); !synced) return std::unexpected(synced.error());
  }
  quiet_ = true;
  return std::nullopt;
}

/// Others may have written to it another way, through the server or a second mount, and this system
/// would go on to show what it has in memory. Opened again, FUSE forgets that and network file
/// systems ask whether it is still so; the rest has to be told. Not under a lease, which would wait
/// for us to give it back.
void PartWatch::forget_what_is_in_memory() const {
  const int descriptor = part_.file().descriptor();
  const std::string self = "/proc/self/fd/" + std::to_string(descriptor);
  if (const int again = ::open(self.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY); again >= 0) {
    ::close(again);
  }
  static_cast<void>(::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED));
}

}  // namespace shoal::storage
