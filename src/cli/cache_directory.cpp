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

}  // namespace

std::filesystem::path default_cache_directory() {
  if (const auto cache = absolute_path_in("XDG_CACHE_HOME"); !cache.empty()) return cache / "shoal";
  if (const auto home = absolute_path_in("HOME"); !home.empty()) return home / ".cache/shoal";
  return {};
}

}  // namespace shoal::cli
