#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

#include "base/bytes.hpp"
#include "metainfo/file_tree.hpp"

namespace shoal {

/// Piece layers by the roots of their files.
using LayersByRoot = std::map<Digest, std::vector<Digest>>;

/// A .torrent file of one BitTorrent v2 file, or of a folder (BEP 3, 12, 52).
struct TorrentFile {
  FileInfo file;
  std::shared_ptr<const FileTree> tree{};  ///< of a folder; null: a single file
  InfoHash info_hash;                      ///< SHA-256 of the info dictionary as it stands
  Bytes info_dictionary;      ///< the same as info_dict(file) unless it has keys of its own
  LayersByRoot piece_layers;  ///< proven; of files longer than a piece, unless they are left out
  std::vector<std::string> trackers;  ///< URLs: all tiers of announce-list, else announce
  std::string created_by;             ///< may be empty; raw bytes, not to be printed as they are

  bool operator==(const TorrentFile&) const = default;
};

/// Larger files are not looked at. Enough for two million pieces and the longest dictionary.
inline constexpr std::size_t kMaxTorrentFile = 96u << 20;

/// Of a single file. `piece_layer` is that of the file, padding left out; `trackers` are host:port
/// and become udp:// URLs, each a tier of its own, as in the magnet link.
[[nodiscard]] TorrentFile make_torrent(const FileInfo& file, std::span<const Digest> piece_layer,
                                       std::span<const std::string> trackers);
/// Of a folder, whose dictionary that is.
[[nodiscard]] TorrentFile make_torrent(const FileInfo& folder, BytesView info_dictionary,
                                       LayersByRoot piece_layers,
                                       std::span<const std::string> trackers);
/// Equal torrents make equal bytes.
[[nodiscard]] Bytes encode(const TorrentFile& torrent);

/// Errors: too long, not bencoded, no info dictionary that parse_description() accepts, a piece
/// layer that does not lead to the root (Errc::unprovable). Beyond 64 trackers, and keys we do not
/// know, are ignored.
[[nodiscard]] Result<TorrentFile> parse_torrent(BytesView bytes);

}  // namespace shoal
