#pragma once

#include <string>

#include "cli/manual.hpp"

/// What the Tab key offers, as a file for each shell: options, files, and for the leecher the names
/// that its tracker knows. The same file serves the program's short name and its long one.
namespace shoal::cli {

/// For bash 4.4 or later; needs nothing of bash-completion.
[[nodiscard]] std::string bash_completion(const Manual& manual);
[[nodiscard]] std::string zsh_completion(const Manual& manual);
[[nodiscard]] std::string fish_completion(const Manual& manual);

}  // namespace shoal::cli
