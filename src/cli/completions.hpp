#pragma once

#include <string>

#include "cli/manual.hpp"

/// What the Tab key offers, as a file for each shell: options, files, and for the leecher the names
/// that its tracker knows. For the program's long name, and for the short one where it is ours.
namespace shoal::cli {

/// For bash 4.4 or later; needs nothing of bash-completion.
[[nodiscard]] std::string bash_completion(const Manual& manual);
/// For that name alone: zsh reads whose it is without running it.
[[nodiscard]] std::string zsh_completion(const Manual& manual, const std::string& name);
[[nodiscard]] std::string fish_completion(const Manual& manual);

}  // namespace shoal::cli
