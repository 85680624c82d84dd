#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

/// What a download is called while it is filled.
namespace shoal::storage {

/// NAME.01234567.part, the digits being the first of the root: nothing that somebody has there by
/// accident. `which`, from 1: another one for the same file, should that be taken. Where it would
/// get longer than `most` bytes, NAME is shortened to its beginning, "-" and eight digits of its
/// SHA-256.
[[nodiscard]] std::string part_name(std::string_view name, const Digest& root, int which,
                                    std::size_t most);
/// NAME.part: what earlier versions took, and what other programs take.
[[nodiscard]] std::string old_part_name(std::string_view name);

/// In bytes, of the file system that the directory is on.
[[nodiscard]] std::size_t longest_name(const std::filesystem::path& directory);
/// Whether the file system does not take the name, judged by what it answers (an errno value) when
/// that is to be created in a directory that is there. Errc::bad_name.
[[nodiscard]] std::optional<Error> refused_name(const std::filesystem::path& path, int error);

}  // namespace shoal::storage
