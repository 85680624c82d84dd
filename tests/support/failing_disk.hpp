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
/// Nor can a file have a second name, as on exFAT (EPERM).
[[nodiscard]] Program::Environment no_links(int error);
/// The same, and not even what we made may be replaced.
[[nodiscard]] Program::Environment no_renames(int error);
/// What is there cannot be replaced.
[[nodiscard]] Program::Environment no_replacing(int error);
/// There are no locks.
[[nodiscard]] Program::Environment no_locks(int error);
/// No name may have one of these characters, or be longer.
[[nodiscard]] Program::Environment names_without(int error, const std::string& characters);
[[nodiscard]] Program::Environment names_up_to(std::size_t bytes);
/// There are no holes; each new length of a .part is written down, a line for each.
[[nodiscard]] Program::Environment solid(const std::filesystem::path& into);
/// To make a .part longer takes until there is a file of that name.
[[nodiscard]] Program::Environment slow_until(const std::filesystem::path& there);
/// To read a .part takes until there is a file of that name; wait_for_held() returns when somebody
/// waits for it.
[[nodiscard]] Program::Environment held_until(const std::filesystem::path& there);
void wait_for_held(const std::filesystem::path& there);
/// Nobody may ask by statx().
[[nodiscard]] Program::Environment no_statx(int error);
/// What was written to a .part does not reach the disk.
[[nodiscard]] Program::Environment syncs(int error);
/// All is well; syncs and renames are written down, a line for each.
[[nodiscard]] Program::Environment logs(const std::filesystem::path& into);
/// All is well, until the power is cut: what was not synced by then is written down.
[[nodiscard]] Program::Environment remembers_unsynced(const std::filesystem::path& in);
/// All is well until SIGKILL comes, just before the program makes that call for a .part, or just
/// after it; of calls of that kind it is the `count`-th.
enum class Call : std::uint8_t { read, write, sync, rename, replace, renamed, linked };
[[nodiscard]] Program::Environment kills(Call at, int count = 1);
/// Nobody gets a lease.
[[nodiscard]] Program::Environment leases(int error);
/// Somebody else overwrites a .part, with its time set back, just before the program asks for a
/// lease on it, or each time that it does, or just before it renames it.
enum class Moment : std::uint8_t { lease, every_lease, rename };
[[nodiscard]] Program::Environment touches(Moment before);
/// Files that end in ".rot" are read as they are, until `ranges` is there and says which bytes are
/// not: see rot().
[[nodiscard]] Program::Environment rots(const std::filesystem::path& ranges);
/// The same, but those bytes cannot be read at all.
[[nodiscard]] Program::Environment has_bad_sectors(const std::filesystem::path& ranges);
/// Files that end in ".cut" are cut to nothing between a program's mapping them and its reading
/// them.
[[nodiscard]] Program::Environment cuts_what_is_mapped();
/// From now on these bytes are read as others, or not.
void rot(const std::filesystem::path& ranges, std::uint64_t offset, std::uint64_t length);
/// Both at once.
[[nodiscard]] Program::Environment both(Program::Environment one,
                                        const Program::Environment& other);
/// Once the program was killed: what it had not synced of that file is zeros. Tells how many bytes
/// that were.
std::uint64_t cut_power(const std::filesystem::path& unsynced, const std::filesystem::path& file);

}  // namespace shoal::test::failing_disk
