#pragma once

#include <filesystem>

#include "registry/siphash.hpp"

/// What a tracker makes its connection ids with (registry/connection_ids.hpp).
namespace shoal {

[[nodiscard]] registry::SipKey random_secret();

/// The secret kept in that directory, which only its owner can read; a new one the first time. One
/// that anybody else may know, or that is no secret at all, is replaced. Where none can be kept it
/// is good for this time only: clients then need up to a minute after a restart, no more.
[[nodiscard]] registry::SipKey kept_secret(const std::filesystem::path& directory);

}  // namespace shoal
