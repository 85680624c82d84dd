#pragma once

#include <cstdint>
#include <stop_token>

#include <shoal/error.hpp>

#include "storage/file.hpp"

namespace shoal::storage {

/// Whether two files may share their room on the disk. Where they do, that which the second one had
/// before is given back, and what is written to it later needs room again.
enum class Sharing : std::uint8_t { allowed, refused };

/// Makes the first `length` bytes of one file those of another: both share the room on the disk
/// where the file system can do that, else the system copies them, else we do. Blocking;
/// Errc::cancelled after a stop request.
[[nodiscard]] Result<void> copy_content(const File& from, const File& to, std::uint64_t length,
                                        const std::stop_token& stop = {},
                                        Sharing sharing = Sharing::allowed);
/// The same into a new file of zeros, but for what is not stored: a hole stays one.
[[nodiscard]] Result<void> copy_stored(const File& from, const File& to, std::uint64_t length,
                                       const std::stop_token& stop = {},
                                       Sharing sharing = Sharing::allowed);
/// The last of these ways.
[[nodiscard]] Result<void> copy_by_hand(const File& from, const File& to, std::uint64_t begin,
                                        std::uint64_t length, const std::stop_token& stop = {});

}  // namespace shoal::storage
