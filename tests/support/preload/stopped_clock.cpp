// Time in which a program does not run, without waiting for it: a library to be preloaded
// (LD_PRELOAD) into one of the programs. The clocks that it asks go forward by so many seconds as
// stand in a file, whose path is in the environment:
//
//   STOPPED_CLOCK=PATH  what SIGSTOP, Ctrl-Z or a paused container look like afterwards
//   SLEPT_CLOCK=PATH    the same of a machine that slept: CLOCK_MONOTONIC stood still
#include <array>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

long seconds_in(const char* variable) {
  const char* const path = std::getenv(variable);
  if (path == nullptr) return 0;
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 32> text{};
  const ssize_t size = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  return size > 0 ? std::atol(text.data()) : 0;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, time);
  if (result != 0) return static_cast<int>(result);
  const bool monotonic = clock == CLOCK_MONOTONIC;
  if (monotonic || clock == CLOCK_BOOTTIME) time->tv_sec += seconds_in("STOPPED_CLOCK");
  if (clock == CLOCK_BOOTTIME) time->tv_sec += seconds_in("SLEPT_CLOCK");
  return 0;
}
