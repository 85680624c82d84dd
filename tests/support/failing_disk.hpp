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
/// A .part cannot be made longer: so it is for one without holes, when there is no room.
[[nodiscard]] Program::Environment resizes(int error);
/// Nobody is told where there are holes.
[[nodiscard]] Program::Environment holes(int error);
/// Nothing can be renamed without replacing what may be there (EINVAL: the disk does not know how).
[[nodiscard]] Program::Environment renames(int error);
/// What was written to a .part does not reach the disk.
[[nodiscard]] Program::Environment syncs(int error);
/// All is well; syncs and renames are written down, a line for each.
[[nodiscard]] Program::Environment logs(const std::filesystem::path& into);
/// All is well, until the power is cut: what was not synced by then is written down.
[[nodiscard]] Program::Environment remembers_unsynced(const std::filesystem::path& in);
/// All is well until SIGKILL comes, just before the program makes that call for a .part, or just
/// after it; of calls of that kind it is the `count`-th.
enum class Call : std::uint8_t { read, write, sync, rename, renamed, linked };
[[nodiscard]] Program::Environment kills(Call at, int count = 1);
/// Files that end in ".rot" are read as they are, until `ranges` is there and says which bytes are
/// not: see rot().
[[nodiscard]] Program::Environment rots(const std::filesystem::path& ranges);
/// From now on these bytes are read as others.
void rot(const std::filesystem::path& ranges, std::uint64_t offset, std::uint64_t length);
/// Both at once.
[[nodiscard]] Program::Environment both(Program::Environment one,
                                        const Program::Environment& other);
/// Once the program was killed: what it had not synced of that file is zeros. Tells how many bytes
/// that were.
std::uint64_t cut_power(const std::filesystem::path& unsynced, const std::filesystem::path& file);

}  // namespace shoal::test::failing_disk
