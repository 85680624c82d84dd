#pragma once

#include <cstdint>
#include <filesystem>

#include <shoal/file_info.hpp>

#include "base/bytes.hpp"

/// Files for tests that move whole files.
namespace shoal::test {

/// Makes or replaces a file with content that depends on `seed`, and repeats nowhere. Returns
/// `path`.
std::filesystem::path make_file(const std::filesystem::path& path, std::uint64_t size,
                                std::uint64_t seed = 1);
/// Makes a file that is a hole but for a few bytes at its beginning, its end, and before and after
/// every multiple of `step`.
std::filesystem::path make_sparse_file(const std::filesystem::path& path, std::uint64_t size,
                                       std::uint64_t step = 1 << 30);

[[nodiscard]] Bytes read_file(const std::filesystem::path& path);

/// What the file is, computed by the simplest means there are.
[[nodiscard]] FileInfo identify(const std::filesystem::path& path);
[[nodiscard]] std::vector<Digest> leaves_of(BytesView content);

}  // namespace shoal::test
