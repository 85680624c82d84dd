#pragma once

#include <filesystem>

namespace shoal::storage {

/// The path with each of its names as the disk spells it: where nothing is called so, but something
/// has the same letters in other code points (see other_spellings()), that is meant. The path as it
/// is when there is no such thing. Blocking.
[[nodiscard]] std::filesystem::path as_on_disk(const std::filesystem::path& path);

}  // namespace shoal::storage
