#pragma once

#include <cstdint>
#include <filesystem>

#include "support/process.hpp"

/// The environment of a program whose disk fails (see preload/failing_disk.cpp). `error` is an
/// errno value.
namespace shoal::test::failing_disk {

/// The disk of a .part takes so many bytes and no more.
[[nodiscard]] Program::Environment writes(int error, std::uint64_t after_bytes);
/// There is no room to reserve.
[[nodiscard]] Program::Environment reservations(int error);
/// What was written to a .part does not reach the disk.
[[nodiscard]] Program::Environment syncs(int error);
/// All is well; syncs and renames are written down, a line for each.
[[nodiscard]] Program::Environment logs(const std::filesystem::path& into);
/// All is well, until the power is cut: what was not synced by then is written down.
[[nodiscard]] Program::Environment remembers_unsynced(const std::filesystem::path& in);
/// Once the program was killed: what it had not synced of that file is zeros. Tells how many bytes
/// that were.
std::uint64_t cut_power(const std::filesystem::path& unsynced, const std::filesystem::path& file);

}  // namespace shoal::test::failing_disk
