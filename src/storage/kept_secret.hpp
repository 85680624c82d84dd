#pragma once

#include <array>
#include <cstddef>
#include <filesystem>

namespace shoal::storage {

using KeptSecret = std::array<std::byte, 16>;

/// The secret kept in that file, which only its owner can read; if there is none, `fresh`, which is
/// kept from now on. One that anybody else may know, or that is no secret at all, is replaced.
/// Where none can be kept, `fresh` is good for this time only. All who begin at once get the same
/// one. Makes the folder. Blocking.
[[nodiscard]] KeptSecret kept_secret(const std::filesystem::path& path, const KeptSecret& fresh);

}  // namespace shoal::storage
