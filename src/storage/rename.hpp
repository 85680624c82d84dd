#pragma once

#include <filesystem>
#include <string>

/// Renaming that never replaces. All answer 0 or an errno value; EEXIST when something has the new
/// name already.
namespace shoal::storage {

/// Atomic (renameat2) where the system can do that, link_and_unlink() elsewhere, and where there
/// are no hard links rename_over_placeholder().
[[nodiscard]] int rename_without_replacing(const std::filesystem::path& from,
                                           const std::filesystem::path& to);

/// The same for a name in one folder, given by its descriptor, and a name in another, which are
/// single elements.
[[nodiscard]] int rename_without_replacing(int from_folder, const std::string& from, int to_folder,
                                           const std::string& to);

/// For a folder with all that is in it, which can have no second name: where the system cannot do
/// it at once, by make_folder_and_rename().
[[nodiscard]] int rename_folder_without_replacing(const std::filesystem::path& from,
                                                  const std::filesystem::path& to);
/// Takes the new name with an empty folder, which only one can do, and renames over that. Who is
/// killed between the two leaves it; into a folder one can fetch, too.
[[nodiscard]] int make_folder_and_rename(const std::filesystem::path& from,
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
