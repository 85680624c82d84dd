#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/torrent.hpp"

namespace shoal {

/// What people may give in place of a name: a magnet link, or the path of a .torrent file.
struct Link {
  InfoHash info_hash;
  std::string label;                  ///< the name it claims, if that is allowed; may be empty
  std::vector<std::string> trackers;  ///< udp:// URLs
  std::vector<std::string> ignored;   ///< trackers that we cannot ask, printable
  std::vector<std::string> peers;     ///< host:port; hosts may be names
  std::optional<Torrent> torrent;     ///< of a .torrent file
};

/// Begins with "magnet:", or is an existing file that ends in ".torrent", or ends so and cannot be
/// a name, having a slash. Looks at the disk.
[[nodiscard]] bool is_link(std::string_view target);

/// Precondition: is_link(). Reads the file, so this is for a worker. Errors say what is wrong with
/// it.
[[nodiscard]] Result<Link> read_link(const std::string& target);

}  // namespace shoal
