#include "session/link.hpp"

#include <filesystem>
#include <utility>

#include "discovery/tracker_address.hpp"
#include "metainfo/magnet.hpp"
#include "metainfo/name.hpp"
#include "storage/small_file.hpp"
#include "storage/spelled.hpp"

namespace shoal {
namespace {

constexpr std::string_view kMagnet = "magnet:";
constexpr std::string_view kTorrent = ".torrent";
constexpr std::string_view kUdp = "udp://";

void sort_out(std::vector<std::string> trackers, Link& link) {
  for (std::string& tracker : trackers) {
    if (tracker.starts_with(kUdp) && discovery::parse_tracker_address(tracker)) {
      link.trackers.push_back(std::move(tracker));
    } else {
      link.ignored.push_back(printable(tracker));
    }
  }
}

Result<Link> from_magnet(const std::string& target) {
  auto magnet = parse_magnet(target);
  if (!magnet) return std::unexpected(magnet.error());
  Link link;
  link.info_hash = magnet->info_hash;
  link.peers = std::move(magnet->peers);
  if (check_name(magnet->name)) link.label = std::move(magnet->name);
  sort_out(std::move(magnet->trackers), link);
  return link;
}

Result<Link> from_torrent(const std::string& path) {
  const auto bytes = storage::read_whole(storage::as_on_disk(path), kMaxTorrentFile);
  if (!bytes) return std::unexpected(bytes.error());
  auto torrent = parse_torrent(*bytes);
  if (!torrent) {
    return fail(
        torrent.error().code,
        printable(path) + " is no .torrent file that can be fetched: " + torrent.error().message);
  }
  Link link;
  link.info_hash = torrent->info_hash;
  link.label = torrent->file.name;
  sort_out(std::exchange(torrent->trackers, {}), link);
  link.torrent = *std::move(torrent);
  return link;
}

}  // namespace

Target kind_of(std::string_view target) {
  if (target.starts_with(kMagnet)) return Target::link;
  if (!target.ends_with(kTorrent)) return Target::name;
  if (target.contains('/')) return Target::link;
  std::error_code ignored;
  const bool is_here = std::filesystem::is_regular_file(storage::as_on_disk(target), ignored);
  return is_here ? Target::either : Target::name;
}

Result<Link> read_link(const std::string& target) {
  return target.starts_with(kMagnet) ? from_magnet(target) : from_torrent(target);
}

}  // namespace shoal
