#include "cli/cache_directory.hpp"

#include <cstdlib>

namespace shoal::cli {
namespace {

/// The specification of $XDG_CACHE_HOME says to ignore a relative path; in $HOME it is as odd.
std::filesystem::path absolute_path_in(const char* variable) {
  const char* const value = std::getenv(variable);
  const std::filesystem::path path = value == nullptr ? "" : value;
  return path.is_absolute() ? path : std::filesystem::path();
}

std::filesystem::path directory_of(const char* variable, const char* below_home) {
  if (const auto base = absolute_path_in(variable); !base.empty()) return base / "shoal";
  if (const auto home = absolute_path_in("HOME"); !home.empty()) return home / below_home / "shoal";
  return {};
}

}  // namespace

std::filesystem::path default_cache_directory() {
  return directory_of("XDG_CACHE_HOME", ".cache");
}

std::filesystem::path default_config_directory() {
  return directory_of("XDG_CONFIG_HOME", ".config");
}

}  // namespace shoal::cli
