#pragma once

#include <filesystem>

#include <shoal/error.hpp>

#include "metainfo/torrent_file.hpp"

namespace shoal {

/// Writes DIRECTORY/NAME.torrent, whole or not at all. One that Shoal made ("created by") is
/// replaced; anything else of that name is left as it is (Errc::conflict). Blocks.
[[nodiscard]] Result<void> write_torrent(const std::filesystem::path& directory,
                                         const TorrentFile& torrent);

}  // namespace shoal
