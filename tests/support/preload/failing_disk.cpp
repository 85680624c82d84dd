// A disk that fails when a test wants it to: a library to be preloaded (LD_PRELOAD) into one of the
// programs. It stands before the system's calls for files that end in ".part", and for those in
// such folders, for every user and on every file system. What it does is in the environment
// (numbers are errno values):
//
//   FAILING_DISK_WRITE=ERROR:BYTES  writes fail once so many bytes of that file were written
//   FAILING_DISK_RESERVE=ERROR      room cannot be reserved
//   FAILING_DISK_RESIZE=ERROR       files cannot be made longer
//   FAILING_DISK_HOLES=ERROR        nobody is told where a file has holes
//   FAILING_DISK_RENAME=ERROR       files cannot be renamed without replacing others; and only who
//                                   may write to one can lock it, as on NFS
//   FAILING_DISK_LINK=ERROR         files cannot have a second name
//   FAILING_DISK_REPLACE=ERROR      a .part cannot be renamed at all
//   FAILING_DISK_LOCK=ERROR         nothing can be locked
//   FAILING_DISK_NAMES=ERROR:CHARS  no file can be made whose name has one of these characters
//   FAILING_DISK_NAME_MAX=BYTES     no file can be made whose name is longer
//   FAILING_DISK_SOLID=PATH         there are no holes: what makes a .part longer takes its room;
//                                   a line, the new length, for each time
//   FAILING_DISK_SLOW=PATH          what makes a .part longer takes until there is such a file
//   FAILING_DISK_HELD=PATH          to read a .part takes until there is such a file; PATH.held
//                                   says that somebody waits
//   FAILING_DISK_STATX=ERROR        nobody may ask by statx(), as in older containers
//   FAILING_DISK_SYNC=ERROR         nothing can be brought onto the disk
//   FAILING_DISK_LOG=PATH           a line for each sync and rename, in their order
//   FAILING_DISK_UNSYNCED=PATH      a line, offset and length, for each write since the last sync:
//                                   what a power cut would take
//   FAILING_DISK_LEASE=ERROR        nobody gets a lease, as on file systems that have none
//   FAILING_DISK_TOUCH=CALL         somebody else overwrites the first bytes of the file before
//                                   the first call of that kind, and sets its time back: lease,
//                                   rename; or each time: leases
//   FAILING_DISK_KILL=CALL:COUNT    SIGKILL comes just before that call, the COUNT-th of its kind:
//                                   read, write, sync, rename, replace; or just after it: renamed,
//                                   linked
//   FAILING_DISK_ROT=PATH           OFFSET LENGTH in each line, as soon as that file is there:
//                                   these bytes of files that end in ".rot" are read as others,
//                                   which no time of the file tells
//   FAILING_DISK_UNREADABLE=1       those bytes cannot be read at all
//   FAILING_DISK_CUT=1              files that end in ".cut" are cut to nothing as soon as a
//                                   program has their pages mapped (MADV_POPULATE_READ)
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

std::array<std::atomic<std::uint64_t>, 1024> written{};  // to each descriptor

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string path_of(int descriptor) {
  std::string path(4096, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return path;
}

/// Of a name in a folder, which may be AT_FDCWD.
std::string path_of(int folder, const char* name) {
  if (folder == AT_FDCWD || *name == '/') return name;
  return path_of(folder) + "/" + name;
}

bool is_part(std::string_view path) {
  return path.ends_with(".part") || path.contains(".part/");
}

/// 0 when there is no such fault.
int fault(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? 0 : std::atoi(value);
}

void log(const std::string& line) {
  const char* const path = std::getenv("FAILING_DISK_LOG");
  if (path == nullptr) return;
  if (std::FILE* const file = std::fopen(path, "a"); file != nullptr) {
    std::fputs((line + "\n").c_str(), file);
    std::fclose(file);
  }
}

/// Before it is written: whoever is killed between the two has written nothing that is not noted.
void note_unsynced(int descriptor, off_t offset, const iovec* parts, int count) {
  const char* const path = std::getenv("FAILING_DISK_UNSYNCED");
  if (path == nullptr || !is_part(path_of(descriptor))) return;
  std::size_t length = 0;
  for (int i = 0; i < count; ++i) length += parts[i].iov_len;
  if (std::FILE* const file = std::fopen(path, "a"); file != nullptr) {
    std::fprintf(file, "%lld %zu\n", static_cast<long long>(offset), length);
    std::fclose(file);
  }
}

void forget_unsynced() {
  const char* const path = std::getenv("FAILING_DISK_UNSYNCED");
  if (path != nullptr) static_cast<void>(::truncate(path, 0));
}

bool rots(int descriptor) {
  return std::getenv("FAILING_DISK_ROT") != nullptr && path_of(descriptor).ends_with(".rot");
}

/// Turns what was read into what a rotten disk has there. False: that cannot be read at all.
bool rot(int descriptor, void* into, ssize_t size, off_t offset) {
  if (size <= 0 || !rots(descriptor)) return true;
  std::FILE* const file = std::fopen(std::getenv("FAILING_DISK_ROT"), "r");
  if (file == nullptr) return true;
  long long begin = 0;
  long long length = 0;
  bool touched = false;
  while (std::fscanf(file, "%lld %lld", &begin, &length) == 2) {
    for (long long at = begin; at < begin + length; ++at) {
      if (at < offset || at >= offset + size) continue;
      static_cast<char*>(into)[at - offset] ^= 1;
      touched = true;
    }
  }
  std::fclose(file);
  return !touched || std::getenv("FAILING_DISK_UNREADABLE") == nullptr;
}

/// Before or after a call for a .part, which may be the last that the program makes.
void pass(std::string_view call) {
  static std::atomic<int> passed = 0;
  const char* const variable = std::getenv("FAILING_DISK_KILL");
  if (variable == nullptr) return;
  const std::string_view value = variable;
  const std::size_t colon = value.find(':');
  if (value.substr(0, colon) != call) return;
  if (++passed == std::atoi(value.substr(colon + 1).data())) {
    ::kill(::getpid(), SIGKILL);
    ::pause();
  }
}

void pass(std::string_view call, int descriptor) {
  if (std::getenv("FAILING_DISK_KILL") != nullptr && is_part(path_of(descriptor))) pass(call);
}

void overwrite(const char* path) {
  const int file = ::open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return;
  struct stat before {};
  std::array<char, 4096> bytes;
  bytes.fill('!');
  if (::fstat(file, &before) == 0 && ::pwrite(file, bytes.data(), bytes.size(), 0) > 0) {
    const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
    ::futimens(file, times.data());
  }
  ::close(file);
}

/// Somebody else comes just before that call for a .part.
void touch(std::string_view call, const std::string& path) {
  static std::atomic<bool> touched = false;
  const char* const when = std::getenv("FAILING_DISK_TOUCH");
  if (when == nullptr || !is_part(path)) return;
  if (std::string(call) + "s" == when) return overwrite(path.c_str());
  if (call == when && !touched.exchange(true)) overwrite(path.c_str());
}

int control_with(const char* call, int descriptor, int command, void* argument) {
  if (command == F_SETLEASE && argument == reinterpret_cast<void*>(F_WRLCK)) {
    touch("lease", path_of(descriptor));
    if (const int error = fault("FAILING_DISK_LEASE"); error != 0) {
      errno = error;
      return -1;
    }
  }
  return real<int(int, int, ...)>(call)(descriptor, command, argument);
}

/// True when the write fails; errno is set then.
bool write_fails(int descriptor, const iovec* parts, int count) {
  pass("write", descriptor);
  const int error = fault("FAILING_DISK_WRITE");
  if (error == 0 || !is_part(path_of(descriptor))) return false;
  const std::string_view value = std::getenv("FAILING_DISK_WRITE");
  const std::uint64_t most = std::strtoull(value.substr(value.find(':') + 1).data(), nullptr, 10);
  std::uint64_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
  auto& before = written[static_cast<std::size_t>(descriptor) % written.size()];
  if (before.fetch_add(bytes) + bytes <= most) return false;
  errno = error;
  return true;
}

int sync_with(const char* call, int descriptor) {
  const std::string path = path_of(descriptor);
  log(std::string(call) + " " + path);
  if (is_part(path)) pass("sync");
  if (const int error = fault("FAILING_DISK_SYNC"); error != 0 && is_part(path)) {
    errno = error;
    return -1;
  }
  const int result = real<int(int)>(call)(descriptor);
  if (result == 0 && is_part(path)) forget_unsynced();
  return result;
}

int reserve_with(const char* call, int descriptor, off_t offset, off_t length) {
  if (const int error = fault("FAILING_DISK_RESERVE"); error != 0) return error;
  return real<int(int, off_t, off_t)>(call)(descriptor, offset, length);
}

/// As the whole of FAT is slow.
void wait_for(const char* path) {
  while (::access(path, F_OK) != 0) ::usleep(10'000);
}

int resize_with(const char* call, int descriptor, off_t length) {
  if (const char* const path = std::getenv("FAILING_DISK_SLOW");
      path != nullptr && is_part(path_of(descriptor))) {
    wait_for(path);
  }
  if (const char* const path = std::getenv("FAILING_DISK_SOLID");
      path != nullptr && is_part(path_of(descriptor))) {
    if (std::FILE* const file = std::fopen(path, "a"); file != nullptr) {
      std::fprintf(file, "%lld\n", static_cast<long long>(length));
      std::fclose(file);
    }
    errno = real<int(int, off_t, off_t)>("posix_fallocate")(descriptor, 0, length);
    return errno == 0 ? 0 : -1;
  }
  if (const int error = fault("FAILING_DISK_RESIZE"); error != 0 && is_part(path_of(descriptor))) {
    errno = error;
    return -1;
  }
  return real<int(int, off_t)>(call)(descriptor, length);
}

off_t seek_with(const char* call, int descriptor, off_t offset, int whence) {
  const bool asks_for_holes = whence == SEEK_DATA || whence == SEEK_HOLE;
  if (const int error = fault("FAILING_DISK_HOLES");
      error != 0 && asks_for_holes && is_part(path_of(descriptor))) {
    errno = error;
    return -1;
  }
  return real<off_t(int, off_t, int)>(call)(descriptor, offset, whence);
}

/// 0 when the file system takes that name.
int refuses(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const int most = fault("FAILING_DISK_NAME_MAX");
  if (most != 0 && name.size() > static_cast<std::size_t>(most)) return ENAMETOOLONG;
  const int error = fault("FAILING_DISK_NAMES");
  if (error == 0) return 0;
  const std::string_view value = std::getenv("FAILING_DISK_NAMES");
  return name.find_first_of(value.substr(value.find(':') + 1)) == name.npos ? 0 : error;
}

int open_with(const char* call, const char* path, int flags, mode_t mode) {
  if (const int error = (flags & O_CREAT) != 0 ? refuses(path) : 0; error != 0) {
    errno = error;
    return -1;
  }
  return real<int(const char*, int, ...)>(call)(path, flags, mode);
}

ssize_t read_with(const char* call, int descriptor, void* into, std::size_t size, off_t offset) {
  pass("read", descriptor);
  if (const char* const path = std::getenv("FAILING_DISK_HELD");
      path != nullptr && is_part(path_of(descriptor))) {
    ::close(::open((std::string(path) + ".held").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    wait_for(path);
  }
  const ssize_t got =
      real<ssize_t(int, void*, std::size_t, off_t)>(call)(descriptor, into, size, offset);
  if (rot(descriptor, into, got, offset)) return got;
  errno = EIO;
  return -1;
}

std::atomic<int> to_be_cut = -1;

/// A rotten file is read by pread() alone.
void* map_with(const char* call, void* at, std::size_t size, int rights, int flags, int descriptor,
               off_t offset) {
  if (descriptor >= 0 && rots(descriptor)) {
    errno = ENODEV;
    return MAP_FAILED;
  }
  if (descriptor >= 0 && fault("FAILING_DISK_CUT") != 0 && path_of(descriptor).ends_with(".cut")) {
    to_be_cut = descriptor;
  }
  return real<void*(void*, std::size_t, int, int, int, off_t)>(call)(at, size, rights, flags,
                                                                     descriptor, offset);
}

ssize_t read_now_with(const char* call, int descriptor, const iovec* parts, int count, off_t offset,
                      int flags) {
  if (rots(descriptor)) {
    errno = EAGAIN;
    return -1;
  }
  return real<ssize_t(int, const iovec*, int, off_t, int)>(call)(descriptor, parts, count, offset,
                                                                 flags);
}

}  // namespace

extern "C" {

ssize_t pread(int descriptor, void* into, std::size_t size, off_t offset) {
  return read_with("pread", descriptor, into, size, offset);
}

ssize_t pread64(int descriptor, void* into, std::size_t size, off64_t offset) {
  return read_with("pread64", descriptor, into, size, offset);
}

ssize_t preadv2(int descriptor, const iovec* parts, int count, off_t offset, int flags) {
  return read_now_with("preadv2", descriptor, parts, count, offset, flags);
}

ssize_t preadv64v2(int descriptor, const iovec* parts, int count, off64_t offset, int flags) {
  return read_now_with("preadv64v2", descriptor, parts, count, offset, flags);
}

void* mmap(void* at, std::size_t size, int rights, int flags, int descriptor,
           off_t offset) noexcept {
  return map_with("mmap", at, size, rights, flags, descriptor, offset);
}

void* mmap64(void* at, std::size_t size, int rights, int flags, int descriptor,
             off64_t offset) noexcept {
  return map_with("mmap64", at, size, rights, flags, descriptor, offset);
}

int madvise(void* at, std::size_t size, int advice) noexcept {
  const int result = real<int(void*, std::size_t, int)>("madvise")(at, size, advice);
  const int cut = advice == MADV_POPULATE_READ ? to_be_cut.exchange(-1) : -1;
  if (cut >= 0) static_cast<void>(::truncate(path_of(cut).c_str(), 0));
  return result;
}

ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
  if (write_fails(descriptor, parts, count)) return -1;
  note_unsynced(descriptor, offset, parts, count);
  return real<ssize_t(int, const iovec*, int, off_t)>("pwritev")(descriptor, parts, count, offset);
}

ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t offset) {
  if (write_fails(descriptor, parts, count)) return -1;
  note_unsynced(descriptor, offset, parts, count);
  return real<ssize_t(int, const iovec*, int, off64_t)>("pwritev64")(descriptor, parts, count,
                                                                     offset);
}

int ftruncate(int descriptor, off_t length) noexcept {
  return resize_with("ftruncate", descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) noexcept {
  return resize_with("ftruncate64", descriptor, length);
}

off_t lseek(int descriptor, off_t offset, int whence) noexcept {
  return seek_with("lseek", descriptor, offset, whence);
}

off64_t lseek64(int descriptor, off64_t offset, int whence) noexcept {
  return seek_with("lseek64", descriptor, offset, whence);
}

int posix_fallocate(int descriptor, off_t offset, off_t length) {
  return reserve_with("posix_fallocate", descriptor, offset, length);
}

int posix_fallocate64(int descriptor, off64_t offset, off64_t length) {
  return reserve_with("posix_fallocate64", descriptor, offset, length);
}

int fdatasync(int descriptor) {
  return sync_with("fdatasync", descriptor);
}

int fsync(int descriptor) {
  return sync_with("fsync", descriptor);
}

int fcntl(int descriptor, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  return control_with("fcntl", descriptor, command, argument);
}

int fcntl64(int descriptor, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  return control_with("fcntl64", descriptor, command, argument);
}

int renameat2(int from_directory, const char* from, int to_directory, const char* to,
              unsigned flags) noexcept {
  const std::string source = path_of(from_directory, from);
  log("rename " + path_of(to_directory, to));
  if (const int error = fault("FAILING_DISK_RENAME"); error != 0 && is_part(source)) {
    errno = error;
    return -1;
  }
  if (is_part(source)) pass("rename");
  touch("rename", source);
  const int result = real<int(int, const char*, int, const char*, unsigned)>("renameat2")(
      from_directory, from, to_directory, to, flags);
  if (is_part(source)) pass("renamed");
  return result;
}

int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  const std::string source = path_of(from_directory, from);
  if (is_part(source)) pass("replace");
  if (const int error = fault("FAILING_DISK_REPLACE"); error != 0 && is_part(source)) {
    errno = error;
    return -1;
  }
  return real<int(int, const char*, int, const char*)>("renameat")(from_directory, from,
                                                                   to_directory, to);
}

int rename(const char* from, const char* to) noexcept {
  return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int flock(int descriptor, int operation) noexcept {
  if (const int error = fault("FAILING_DISK_LOCK"); error != 0) {
    errno = error;
    return -1;
  }
  const bool may_write = (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
  if ((operation & LOCK_EX) != 0 && !may_write && fault("FAILING_DISK_RENAME") != 0) {
    errno = EBADF;
    return -1;
  }
  return real<int(int, int)>("flock")(descriptor, operation);
}

int open(const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const int descriptor = open_with("open", path, flags, va_arg(more, mode_t));
  va_end(more);
  return descriptor;
}

int open64(const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const int descriptor = open_with("open64", path, flags, va_arg(more, mode_t));
  va_end(more);
  return descriptor;
}

long pathconf(const char* path, int name) noexcept {
  const int most = fault("FAILING_DISK_NAME_MAX");
  return name == _PC_NAME_MAX && most != 0 ? most
                                           : real<long(const char*, int)>("pathconf")(path, name);
}

int statx(int directory, const char* path, int flags, unsigned mask,
          struct statx* result) noexcept {
  if (const int error = fault("FAILING_DISK_STATX"); error != 0) {
    errno = error;
    return -1;
  }
  return real<int(int, const char*, int, unsigned, struct statx*)>("statx")(directory, path, flags,
                                                                            mask, result);
}

int linkat(int from_directory, const char* from, int to_directory, const char* to,
           int flags) noexcept {
  if (const int error = fault("FAILING_DISK_LINK"); error != 0) {
    errno = error;
    return -1;
  }
  const int result = real<int(int, const char*, int, const char*, int)>("linkat")(
      from_directory, from, to_directory, to, flags);
  if (is_part(path_of(from_directory, from))) pass("linked");
  return result;
}
}
