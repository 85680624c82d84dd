#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include <shoal/error.hpp>

#include "base/system_words.hpp"

/// What the operating system answered, in words for people.
namespace shoal::storage {

/// The path as it may be shown: without control characters.
[[nodiscard]] std::string shown(const std::filesystem::path& path);

/// Errc::io, "`doing` `path`: reason; what to do", as in "cannot write big.iso: the disk is full;
/// free some space and start again". `error` is an errno value; what it means follows from what was
/// `tried`.
[[nodiscard]] std::unexpected<Error> io_failure(std::string_view doing,
                                                const std::filesystem::path& path, int error,
                                                Tried tried = Tried::other);

}  // namespace shoal::storage
