#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/name.hpp"
#include "metainfo/torrent_file.hpp"

namespace shoal {

/// Trackers of a link that are asked, two at most of a host; the rest is left out.
inline constexpr std::size_t kMostTrackersOfALink = 32;

/// What people may give in place of a name: a magnet link, or the path of a .torrent file.
struct Link {
  InfoHash info_hash;
  std::optional<FileName> label;       ///< the name it claims, if that is allowed
  std::vector<std::string> trackers;   ///< udp:// URLs, bounded as above
  std::vector<std::string> ignored;    ///< trackers that we cannot ask, printable
  std::vector<std::string> peers;      ///< host:port; hosts may be names
  std::optional<TorrentFile> torrent;  ///< of a .torrent file
};

/// How a magnet link begins.
inline constexpr std::string_view kMagnet = "magnet:";

/// Of a magnet link, or of what is at the path of a .torrent file. Reads the file, so this is for a
/// worker. Errors say what is wrong with it.
[[nodiscard]] Result<Link> read_link(const std::string& target);

}  // namespace shoal
