#pragma once

#include <filesystem>

/// Renaming that never replaces. All answer 0 or an errno value; EEXIST when something has the new
/// name already.
namespace shoal::storage {

/// Atomic (renameat2) where the system can do that, link_and_unlink() elsewhere, and where there
/// are no hard links rename_over_placeholder().
[[nodiscard]] int rename_without_replacing(const std::filesystem::path& from,
                                           const std::filesystem::path& to);

/// Gives the file its new name, then takes the old one away. Between the two it has both.
[[nodiscard]] int link_and_unlink(const std::filesystem::path& from,
                                  const std::filesystem::path& to);

/// Takes the new name with an empty file, which only one can do, and renames over that.
[[nodiscard]] int rename_over_placeholder(const std::filesystem::path& from,
                                          const std::filesystem::path& to);
/// Who is killed between those two steps leaves the empty file; it is known by its time. Takes it
/// away. True when it went.
bool remove_placeholder(const std::filesystem::path& path);

}  // namespace shoal::storage
