#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/torrent_file.hpp"

namespace shoal {

/// What people may give in place of a name: a magnet link, or the path of a .torrent file.
struct Link {
  InfoHash info_hash;
  std::string label;                   ///< the name it claims, if that is allowed; may be empty
  std::vector<std::string> trackers;   ///< udp:// URLs
  std::vector<std::string> ignored;    ///< trackers that we cannot ask, printable
  std::vector<std::string> peers;      ///< host:port; hosts may be names
  std::optional<TorrentFile> torrent;  ///< of a .torrent file
};

/// What a target is.
enum class Target : std::uint8_t {
  name,
  link,    ///< begins with "magnet:", or ends in ".torrent" and cannot be a name, having a slash
  either,  ///< a file that is here and ends in ".torrent": a torrent to join, or what was fetched
           ///< by that name before
};
/// Looks at the disk.
[[nodiscard]] Target kind_of(std::string_view target);

/// Precondition: not Target::name. Reads the file, so this is for a worker. Errors say what is
/// wrong with it.
[[nodiscard]] Result<Link> read_link(const std::string& target);

}  // namespace shoal
