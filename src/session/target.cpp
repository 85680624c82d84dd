#include "session/target.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/printable.hpp"
#include "base/shell_word.hpp"
#include "session/link.hpp"
#include "storage/spelled.hpp"

namespace shoal::session {
namespace {

constexpr std::string_view kTorrent = ".torrent";

bool is_torrent_here(std::string_view typed) {
  std::error_code ignored;
  return typed.ends_with(kTorrent) &&
         std::filesystem::is_regular_file(storage::as_on_disk(typed), ignored);
}

/// "models/a.torrent" may as well be a part of the folder "models".
bool is_certainly_link(std::string_view typed) {
  if (typed.starts_with(kMagnet)) return true;
  if (!typed.ends_with(kTorrent) || !typed.contains('/')) return false;
  return typed.starts_with('/') || typed.starts_with('.') || is_torrent_here(typed);
}

Error no_name(const std::string& typed) {
  const std::size_t end = typed.find(std::string(kTorrent) + '/');
  if (end != std::string::npos) {
    return {Errc::bad_name, "there is no file " +
                                printable(typed.substr(0, end + kTorrent.size())) +
                                " here, to tell what is in it"};
  }
  const std::string name = typed.substr(std::min(typed.find_first_not_of("./"), typed.size()));
  return {Errc::bad_name, printable(typed) +
                              " is a path on this machine, and what others offer goes by its name" +
                              (name.empty() ? "" : "; write in its place: " + shell_word(name))};
}

}  // namespace

Result<Target> parse_target(const std::string& typed) {
  if (is_certainly_link(typed)) return LinkText{typed};
  if (is_path(typed)) return std::unexpected(no_name(typed));
  auto name = FileName::parse(typed);
  if (is_torrent_here(typed)) return TorrentOrName{typed, std::move(name)};
  if (!name) return std::unexpected(std::move(name).error());
  return *std::move(name);
}

std::size_t end_of_torrent_file(std::string_view typed) {
  const std::string behind = std::string(kTorrent) + '/';
  for (std::size_t at = typed.find(behind); at != std::string_view::npos;
       at = typed.find(behind, at + 1)) {
    const std::size_t end = at + kTorrent.size();
    if (is_torrent_here(typed.substr(0, end))) return end;
  }
  return 0;
}

bool is_path(std::string_view typed) {
  return typed.starts_with('/') || typed.starts_with("./") || typed.starts_with("../");
}

bool may_be_link(std::string_view typed) {
  return is_certainly_link(typed) || is_torrent_here(typed);
}

}  // namespace shoal::session
