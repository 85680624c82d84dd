// Calls that do not come back: a library to be preloaded (LD_PRELOAD) into one of the programs.
// What hangs is in the environment, and hangs for good, or until a file is made:
//
//   HANGING_NAMES=NAME,...   these names cannot be looked up; all others that end in ".test" stand
//                            for 127.0.0.1
//   HANGING_CALL=CALL        that call, for files whose path has HANGING_PATH in it: ftruncate,
//                            fsync (and fdatasync), pread, pwritev, fflush
//   HANGING_PATH=TEXT
//   HANGING_SIGN=PATH        is made as soon as something hangs
//   HANGING_UNTIL=PATH       once it is there, nothing hangs any more
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>

namespace {

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string_view setting(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? std::string_view{} : value;
}

std::string path_of(int descriptor) {
  std::string path(4096, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return path;
}

void hang() {
  const std::string sign(setting("HANGING_SIGN"));
  const std::string until(setting("HANGING_UNTIL"));
  if (!sign.empty()) ::close(::creat(sign.c_str(), 0600));
  while (until.empty() || ::access(until.c_str(), F_OK) != 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void pass(std::string_view call, int descriptor) {
  if (setting("HANGING_CALL") != call) return;
  if (path_of(descriptor).find(setting("HANGING_PATH")) != std::string::npos) hang();
}

bool hangs(std::string_view name) {
  std::string_view names = setting("HANGING_NAMES");
  while (!names.empty()) {
    const std::size_t end = names.find(',');
    if (names.substr(0, end) == name) return true;
    names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
  }
  return false;
}

}  // namespace

extern "C" {

int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
  if (name != nullptr && hangs(name)) hang();
  const bool known = name != nullptr && std::string_view(name).ends_with(".test");
  return real<int(const char*, const char*, const addrinfo*, addrinfo**)>("getaddrinfo")(
      known ? "127.0.0.1" : name, service, hints, result);
}

ssize_t pread(int descriptor, void* into, std::size_t size, off_t offset) {
  pass("pread", descriptor);
  return real<ssize_t(int, void*, std::size_t, off_t)>("pread")(descriptor, into, size, offset);
}

ssize_t pread64(int descriptor, void* into, std::size_t size, off64_t offset) {
  pass("pread", descriptor);
  return real<ssize_t(int, void*, std::size_t, off64_t)>("pread64")(descriptor, into, size, offset);
}

ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
  pass("pwritev", descriptor);
  return real<ssize_t(int, const iovec*, int, off_t)>("pwritev")(descriptor, parts, count, offset);
}

ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t offset) {
  pass("pwritev", descriptor);
  return real<ssize_t(int, const iovec*, int, off64_t)>("pwritev64")(descriptor, parts, count,
                                                                     offset);
}

int ftruncate(int descriptor, off_t length) noexcept {
  pass("ftruncate", descriptor);
  return real<int(int, off_t)>("ftruncate")(descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) noexcept {
  pass("ftruncate", descriptor);
  return real<int(int, off64_t)>("ftruncate64")(descriptor, length);
}

int fflush(std::FILE* stream) {
  if (stream != nullptr && !setting("HANGING_CALL").empty()) {
    ::flockfile(stream);  // as long as it hangs, as in the system's
    pass("fflush", ::fileno(stream));
    ::funlockfile(stream);
  }
  return real<int(std::FILE*)>("fflush")(stream);
}

int fdatasync(int descriptor) {
  pass("fsync", descriptor);
  return real<int(int)>("fdatasync")(descriptor);
}

int fsync(int descriptor) {
  pass("fsync", descriptor);
  return real<int(int)>("fsync")(descriptor);
}
}
