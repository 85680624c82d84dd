#pragma once

#include <filesystem>

#include <shoal/error.hpp>

namespace shoal::storage {

/// An empty file at that path: a new one, or the one that is there. Anything else that is there,
/// links included, stays as it is (Errc::conflict).
[[nodiscard]] Result<void> make_empty_file(const std::filesystem::path& path);

}  // namespace shoal::storage
