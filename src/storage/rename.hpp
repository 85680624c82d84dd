#pragma once

#include <filesystem>

/// Renaming that never replaces. Both answer 0 or an errno value; EEXIST when something has the new
/// name already.
namespace shoal::storage {

/// Atomic (renameat2) where the system can do that, link_and_unlink() elsewhere.
[[nodiscard]] int rename_without_replacing(const std::filesystem::path& from,
                                           const std::filesystem::path& to);

/// Gives the file its new name, then takes the old one away. Between the two it has both.
[[nodiscard]] int link_and_unlink(const std::filesystem::path& from,
                                  const std::filesystem::path& to);

}  // namespace shoal::storage
