#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>

#include <shoal/error.hpp>

#include "storage/file.hpp"

/// A file gets its length before it is filled.
namespace shoal::storage {

struct RoomOptions {
  bool preallocate = false;  ///< take all the room from the disk at once, or fail at once
  std::stop_token stop = {};
  /// So many bytes of the length are there; on the thread that makes them.
  std::function<void(std::uint64_t)> on_made = {};
};

/// A full disk is better known now than after hours. `here`: bytes of the file that have their
/// room.
[[nodiscard]] Result<void> check_space(const File& file, const std::filesystem::path& final_path,
                                       std::uint64_t length, std::uint64_t here);
/// Makes a file that long that is not longer. FAT and exFAT know no holes and write zeros for all
/// of it, which may take many minutes; so it goes in steps there, and ends between two of them when
/// that is wanted (Errc::cancelled).
[[nodiscard]] Result<void> make_room(const File& file, std::uint64_t length,
                                     const RoomOptions& options);

}  // namespace shoal::storage
