#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include <shoal/error.hpp>

#include "metainfo/name.hpp"

namespace shoal::session {

/// A magnet link, or the path of a .torrent file: it begins with "magnet:", or ends in ".torrent"
/// and cannot be a name, having a slash.
struct LinkText {
  std::string text;
};
/// A file that is here and ends in ".torrent": a torrent to join, or what was fetched by that name
/// before.
struct TorrentOrName {
  std::string text;
  Result<FileName> name;
};
/// What people type to have a file.
using Target = std::variant<FileName, LinkText, TorrentOrName>;

/// Looks at the disk. The error says why it is no name, where it is nothing else.
[[nodiscard]] Result<Target> parse_target(const std::string& typed);
/// "x.torrent/2024" is a part of the folder that a .torrent file stands for: where in `typed` the
/// file's path ends; 0 when there is no such file. Looks at the disk.
[[nodiscard]] std::size_t end_of_torrent_file(std::string_view typed);
/// It leads somewhere on this machine. "photos/2024" does not: it is a part of what has a name.
[[nodiscard]] bool is_path(std::string_view typed);
/// It is not only a name. Looks at the disk.
[[nodiscard]] bool may_be_link(std::string_view typed);

}  // namespace shoal::session
