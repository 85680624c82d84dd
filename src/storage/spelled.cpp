#include "storage/spelled.hpp"

#include <optional>
#include <system_error>

#include "metainfo/spelling.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

std::optional<fs::path> found_in(const fs::path& directory, const fs::path& name) {
  if (is_there(directory / name)) return directory / name;
  for (const std::string& spelling : other_spellings(name.native())) {
    if (is_there(directory / spelling)) return directory / spelling;
  }
  return std::nullopt;
}

}  // namespace

fs::path as_on_disk(const fs::path& path) {
  if (is_there(path) || other_spellings(path.native()).empty()) return path;
  fs::path found;
  for (const fs::path& name : path) {
    auto next = found_in(found, name);
    if (!next) return path;
    found = *std::move(next);
  }
  return found;
}

}  // namespace shoal::storage
