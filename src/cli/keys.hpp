#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <shoal/keys.hpp>

#include "cli/options.hpp"

namespace shoal::cli {

/// Names the key files where --key does not, separated by colons.
inline constexpr const char* kKeyFileVariable = "SHOAL_KEY_FILE";
[[nodiscard]] std::vector<std::string> key_file_variable();

/// Reads the key files, or where none is given those of the variable. A process that holds keys
/// leaves no core dump. Returns why the program cannot begin.
[[nodiscard]] std::optional<EarlyExit> take_keys(const std::string& program, KeyFiles files,
                                                 Keys& into);

/// tracker --new-key: makes the file and says what to do with it.
[[nodiscard]] ExitCode make_key(const std::filesystem::path& file);

}  // namespace shoal::cli
