#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

/// Folders for tests that move whole folders.
namespace shoal::test {

/// What is in a folder: paths from it, each with what is there. A file its content, before that
/// "x " where it may be executed; a link "-> " and its target; a folder "/".
using FolderContent = std::map<std::string, std::string>;
[[nodiscard]] FolderContent content_of(const std::filesystem::path& folder);

/// Whether two folders hold the same; where not, the failure names what differs. Empty folders do
/// not count.
[[nodiscard]] testing::AssertionResult same_folder(const std::filesystem::path& a,
                                                   const std::filesystem::path& b);

/// Makes a folder of some 3 MiB: short and long files, equal ones, an empty one, one that may be
/// executed, a link, and names that sort in odd ways.
std::filesystem::path make_folder(const std::filesystem::path& path, std::uint64_t seed = 1);

}  // namespace shoal::test
