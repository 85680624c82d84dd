#include "bench/machine.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <limits>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace shoal::bench {
namespace {

constexpr std::uint64_t kHeatMargin = 512u << 20;

[[noreturn]] void throw_errno(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

/// A field of a /proc file that is given in kB, as bytes.
std::uint64_t kilobytes_field(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string field; in >> field;
       in.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
    std::uint64_t kilobytes = 0;
    if (field == name + ":" && in >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error("no " + name + " in " + file);
}

/// In a process of its own, whose end frees the memory for certain.
[[noreturn]] void touch_and_exit(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ::_exit(memory == MAP_FAILED ? 1 : 0);
}

void heat_memory(std::uint64_t bytes) {
  const std::uint64_t spare = kilobytes_field("/proc/meminfo", "MemAvailable") / 5 * 4;
  const pid_t child = ::fork();
  if (child < 0) throw_errno(errno, "fork");
  if (child == 0) touch_and_exit(static_cast<std::size_t>(std::min(bytes, spare)));
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw_errno(errno, "waitpid");
  if (status != 0) throw std::runtime_error("cannot touch memory before the run");
}

void read_into_cache(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<char> buffer(1 << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()))) {
  }
  if (!in.eof()) throw std::runtime_error("cannot read " + path.string());
}

}  // namespace

void prepare_run(std::uint64_t written, std::span<const std::filesystem::path> sources) {
  heat_memory(written * 2 + kHeatMargin);
  for (const std::filesystem::path& source : sources) read_into_cache(source);
}

void keep_to_core(int core) {
  keep_to_cores(core, 1);
}

void keep_to_cores(int first, int count) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  for (int i = 0; i < count; ++i) CPU_SET(static_cast<std::size_t>(first + i), &cores);
  if (::sched_setaffinity(0, sizeof cores, &cores) != 0) {
    throw_errno(errno, ("cannot run on core " + std::to_string(first)).c_str());
  }
}

double cpu_seconds(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (const int error = ::clock_getcpuclockid(process, &clock)) {
    throw_errno(error, "clock_getcpuclockid");
  }
  if (::clock_gettime(clock, &time) != 0) throw_errno(errno, "clock_gettime");
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::uint64_t peak_memory(pid_t process) {
  return kilobytes_field("/proc/" + std::to_string(process) + "/status", "VmHWM");
}

}  // namespace shoal::bench
