#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <sys/types.h>

/// What makes runs comparable, and what the system knows about a process.
namespace shoal::bench {

/// To be called before every run that writes so many bytes.
/// Reads the sources once, so that the page cache holds them; before that it touches and frees
/// more memory than the run will take, or as much as the machine can spare. For a virtual machine
/// gives free memory back to its host, and the first touch afterwards costs seconds for each GiB in
/// whoever does it: without this the host is measured.
void prepare_run(std::uint64_t written, std::span<const std::filesystem::path> sources);
/// Binds the calling thread, and the threads and processes it starts, to one core.
void keep_to_core(int core);
/// The same to several, of which the system may have fewer.
void keep_to_cores(int first, int count);

/// User and system time of a running process so far, in seconds.
[[nodiscard]] double cpu_seconds(pid_t process);
/// The most memory a running process has had resident, in bytes.
[[nodiscard]] std::uint64_t peak_memory(pid_t process);

}  // namespace shoal::bench
