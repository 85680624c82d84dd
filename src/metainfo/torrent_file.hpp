#pragma once

#include <span>
#include <string>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

#include "base/bytes.hpp"

namespace shoal {

/// A .torrent file of one BitTorrent v2 file (BEP 3, 12, 52).
struct TorrentFile {
  FileInfo file;
  InfoHash info_hash;                 ///< SHA-256 of the info dictionary as it stands
  Bytes info_dictionary;              ///< the same as info_dict(file) unless it has keys of its own
  std::vector<Digest> piece_layer;    ///< proven; empty for a file of one piece, or where left out
  std::vector<std::string> trackers;  ///< URLs: all tiers of announce-list, else announce
  std::string created_by;             ///< may be empty; raw bytes, not to be printed as they are

  bool operator==(const TorrentFile&) const = default;
};

/// Larger files are not looked at. Enough for a million pieces.
inline constexpr std::size_t kMaxTorrentFile = 32u << 20;

/// `piece_layer` is that of the file, padding left out; `trackers` are host:port and become udp://
/// URLs, each a tier of its own, as in the magnet link.
[[nodiscard]] TorrentFile make_torrent(const FileInfo& file, std::span<const Digest> piece_layer,
                                       std::span<const std::string> trackers);
/// Equal torrents make equal bytes.
[[nodiscard]] Bytes encode(const TorrentFile& torrent);

/// Errors: too long, not bencoded, no info dictionary that parse_info_dict() accepts, a piece layer
/// that does not lead to the root (Errc::unprovable). Beyond 64 trackers, and keys we do not know,
/// are ignored.
[[nodiscard]] Result<TorrentFile> parse_torrent(BytesView bytes);

}  // namespace shoal
