#pragma once

#include <filesystem>
#include <optional>

#include <shoal/error.hpp>

#include "storage/file.hpp"

namespace shoal::storage {

/// What stood at a path when its content was proven.
struct Witness {
  std::filesystem::path path;
  FileIdentity identity;
};

/// Blocking. Nothing while the path stands for the same file, unchanged, or nobody can tell;
/// else what became of it: moved, deleted, replaced, of another length, written to.
[[nodiscard]] std::optional<Error> what_became_of(const Witness& witness);

}  // namespace shoal::storage
