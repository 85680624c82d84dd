#include "support/failing_disk.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/patience.hpp"
#include "support/preload.hpp"

namespace shoal::test::failing_disk {
namespace {

Program::Environment preloaded(const std::string& variable) {
  Program::Environment environment = preloading(SHOAL_FAILING_DISK);
  environment.push_back(variable);
  return environment;
}

}  // namespace

Program::Environment writes(int error, std::uint64_t after_bytes) {
  return preloaded("FAILING_DISK_WRITE=" + std::to_string(error) + ":" +
                   std::to_string(after_bytes));
}

Program::Environment reservations(int error) {
  return preloaded("FAILING_DISK_RESERVE=" + std::to_string(error));
}

Program::Environment resizes(int error) {
  return preloaded("FAILING_DISK_RESIZE=" + std::to_string(error));
}

Program::Environment holes(int error) {
  return preloaded("FAILING_DISK_HOLES=" + std::to_string(error));
}

Program::Environment renames(int error) {
  return preloaded("FAILING_DISK_RENAME=" + std::to_string(error));
}

Program::Environment no_links(int error) {
  return both(renames(EINVAL), preloaded("FAILING_DISK_LINK=" + std::to_string(error)));
}

Program::Environment no_replacing(int error) {
  return preloaded("FAILING_DISK_REPLACE=" + std::to_string(error));
}

Program::Environment no_renames(int error) {
  return both(no_links(EPERM), no_replacing(error));
}

Program::Environment no_locks(int error) {
  return preloaded("FAILING_DISK_LOCK=" + std::to_string(error));
}

Program::Environment names_without(int error, const std::string& characters) {
  return preloaded("FAILING_DISK_NAMES=" + std::to_string(error) + ":" + characters);
}

Program::Environment names_up_to(std::size_t bytes) {
  return preloaded("FAILING_DISK_NAME_MAX=" + std::to_string(bytes));
}

Program::Environment solid(const std::filesystem::path& into) {
  return preloaded("FAILING_DISK_SOLID=" + into.string());
}

Program::Environment slow_until(const std::filesystem::path& there) {
  return preloaded("FAILING_DISK_SLOW=" + there.string());
}

Program::Environment held_until(const std::filesystem::path& there) {
  return preloaded("FAILING_DISK_HELD=" + there.string());
}

void wait_for_held(const std::filesystem::path& there) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!std::filesystem::exists(there.string() + ".held")) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("nobody reads a .part");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Program::Environment no_statx(int error) {
  return preloaded("FAILING_DISK_STATX=" + std::to_string(error));
}

Program::Environment syncs(int error) {
  return preloaded("FAILING_DISK_SYNC=" + std::to_string(error));
}

Program::Environment logs(const std::filesystem::path& into) {
  return preloaded("FAILING_DISK_LOG=" + into.string());
}

Program::Environment remembers_unsynced(const std::filesystem::path& in) {
  return preloaded("FAILING_DISK_UNSYNCED=" + in.string());
}

Program::Environment rots(const std::filesystem::path& ranges) {
  return preloaded("FAILING_DISK_ROT=" + ranges.string());
}

Program::Environment has_bad_sectors(const std::filesystem::path& ranges) {
  return both(rots(ranges), {"FAILING_DISK_UNREADABLE=1"});
}

Program::Environment cuts_what_is_mapped() {
  return preloaded("FAILING_DISK_CUT=1");
}

void rot(const std::filesystem::path& ranges, std::uint64_t offset, std::uint64_t length) {
  std::ofstream(ranges, std::ios::app) << offset << ' ' << length << '\n';
}

Program::Environment kills(Call at, int count) {
  constexpr std::array kNames{"read", "write", "sync", "rename", "replace", "renamed", "linked"};
  return preloaded(std::string("FAILING_DISK_KILL=") + kNames[static_cast<std::size_t>(at)] + ":" +
                   std::to_string(count));
}

Program::Environment leases(int error) {
  return preloaded("FAILING_DISK_LEASE=" + std::to_string(error));
}

Program::Environment touches(Moment before) {
  constexpr std::array kNames{"lease", "leases", "rename"};
  return preloaded(std::string("FAILING_DISK_TOUCH=") + kNames[static_cast<std::size_t>(before)]);
}

Program::Environment both(Program::Environment one, const Program::Environment& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

std::uint64_t cut_power(const std::filesystem::path& unsynced, const std::filesystem::path& file) {
  std::ifstream lines(unsynced);
  std::fstream disk(file, std::ios::binary | std::ios::in | std::ios::out);
  std::uint64_t lost = 0;
  std::streamoff offset = 0;
  for (std::size_t length = 0; lines >> offset >> length; lost += length) {
    disk.seekp(offset);
    disk << std::string(length, '\0');
  }
  return lost;
}

}  // namespace shoal::test::failing_disk
