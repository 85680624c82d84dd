#include "session/link.hpp"

#include <unordered_map>
#include <utility>

#include "discovery/tracker_address.hpp"
#include "metainfo/magnet.hpp"
#include "storage/small_file.hpp"
#include "storage/spelled.hpp"

namespace shoal {
namespace {

constexpr std::string_view kUdp = "udp://";

// A stranger's link is no licence to call a third host at all its ports.
constexpr std::size_t kMostPortsOfAHost = 2;

void sort_out(std::vector<std::string> trackers, Link& link) {
  std::unordered_map<std::string, std::size_t> hosts;
  for (std::string& tracker : trackers) {
    const auto address = tracker.starts_with(kUdp) ? discovery::parse_tracker_address(tracker)
                                                   : fail(Errc::bad_input, "");
    if (!address) {
      link.ignored.push_back(printable(tracker));
    } else if (link.trackers.size() < kMostTrackersOfALink &&
               ++hosts[address->host] <= kMostPortsOfAHost) {
      link.trackers.push_back(std::move(tracker));
    }
  }
}

Result<Link> from_magnet(const std::string& target) {
  auto magnet = parse_magnet(target);
  if (!magnet) return std::unexpected(magnet.error());
  Link link;
  link.info_hash = magnet->info_hash;
  link.peers = std::move(magnet->peers);
  if (auto name = FileName::parse(std::move(magnet->name))) link.label = *std::move(name);
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
  if (auto name = FileName::parse(torrent->file.name)) link.label = *std::move(name);
  sort_out(std::exchange(torrent->trackers, {}), link);
  link.torrent = *std::move(torrent);
  return link;
}

}  // namespace

Result<Link> read_link(const std::string& target) {
  return target.starts_with(kMagnet) ? from_magnet(target) : from_torrent(target);
}

}  // namespace shoal
