// Time in which a program does not run, without waiting for it: a library to be preloaded
// (LD_PRELOAD) into one of the programs. The clocks that it asks go forward by so many seconds as
// stand in a file, whose path is in the environment:
//
//   STOPPED_CLOCK=PATH  what SIGSTOP, Ctrl-Z or a paused container look like afterwards
//   SLEPT_CLOCK=PATH    the same of a machine that slept: CLOCK_MONOTONIC stood still
//
// What it has gone forward by when it looked last is written to PATH.seen.
#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

void tell(std::string path, long seconds) {
  static std::atomic<long> told = 0;
  if (told.exchange(seconds) == seconds) return;
  const int file = ::open(path.append(".seen").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  const std::string text = std::to_string(seconds) + "\n";
  static_cast<void>(!::write(file, text.data(), text.size()));
  ::close(file);
}

long seconds_in(const char* variable) {
  const char* const path = std::getenv(variable);
  if (path == nullptr) return 0;
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 32> text{};
  const ssize_t size = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  const long seconds = size > 0 ? std::atol(text.data()) : 0;
  tell(path, seconds);
  return seconds;
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
