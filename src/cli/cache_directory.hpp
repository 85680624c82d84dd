#pragma once

#include <filesystem>

namespace shoal::cli {

/// $XDG_CACHE_HOME/shoal, or ~/.cache/shoal; empty when the environment tells of neither.
[[nodiscard]] std::filesystem::path default_cache_directory();
/// $XDG_CONFIG_HOME/shoal, or ~/.config/shoal; empty as above.
[[nodiscard]] std::filesystem::path default_config_directory();

}  // namespace shoal::cli
