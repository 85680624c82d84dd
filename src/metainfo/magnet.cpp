#include "metainfo/magnet.hpp"

#include <algorithm>
#include <optional>

#include <shoal/file_info.hpp>

#include "base/hex.hpp"
#include "metainfo/percent.hpp"

namespace shoal {
namespace {

constexpr std::string_view kScheme = "magnet:?";
constexpr std::string_view kTopic = "urn:btmh:";
constexpr std::string_view kV1Topic = "urn:btih:";
constexpr std::string_view kSha256 = "1220";  // multihash: sha2-256, 32 bytes
constexpr std::size_t kMaxLink = 8uz * 1024;
constexpr std::size_t kMaxAddresses = 64;  // of a kind; the rest is ignored

std::unexpected<Error> bad(std::string what) {
  return fail(Errc::bad_input, "magnet link: " + std::move(what));
}

Result<InfoHash> parse_topic(std::string_view topic) {
  const std::string_view multihash = topic.substr(kTopic.size());
  const auto digest = multihash.starts_with(kSha256)
                          ? parse_digest(multihash.substr(kSha256.size()))
                          : std::nullopt;
  if (!digest) {
    return bad("after urn:btmh: there must be 1220 and 64 hexadecimal digits, " +
               std::to_string(kSha256.size() + 64) + " characters in all; there are " +
               std::to_string(multihash.size()));
  }
  return InfoHash{digest->bytes};
}

void add(std::vector<std::string>& list, std::string value) {
  if (!value.empty() && list.size() < kMaxAddresses) list.push_back(std::move(value));
}

}  // namespace

std::string format(const Magnet& magnet) {
  std::string link(kScheme);
  link.append("xt=").append(kTopic).append(kSha256).append(to_hex(magnet.info_hash));
  if (!magnet.name.empty()) link += "&dn=" + percent_encode(magnet.name);
  for (const std::string& tracker : magnet.trackers) link += "&tr=" + percent_encode(tracker);
  // Stock clients read x.pe as it stands, so what host:port is made of stays.
  for (const std::string& peer : magnet.peers) link += "&x.pe=" + percent_encode(peer, ":[]");
  return link;
}

std::string magnet_link(const FileInfo& file, std::span<const std::string> trackers,
                        std::span<const std::string> peers) {
  Magnet magnet{info_hash(file), file.name, {}, {peers.begin(), peers.end()}};
  for (const std::string& tracker : trackers) magnet.trackers.push_back("udp://" + tracker);
  return format(magnet);
}

Result<Magnet> parse_magnet(std::string_view link) {
  if (link.size() > kMaxLink) {
    return bad("it has " + std::to_string(link.size()) + " characters; the most is " +
               std::to_string(kMaxLink));
  }
  if (!link.starts_with(kScheme)) return bad("it must begin with \"magnet:?\"");

  Magnet magnet;
  std::optional<InfoHash> found;
  bool names_v1 = false;
  std::string_view rest = link.substr(kScheme.size());
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = parameter.substr(0, equals);

    auto value = percent_decode(parameter.substr(equals + 1));
    if (!value) return bad("a \"%\" that two hexadecimal digits do not follow");
    if (key == "xt" && value->starts_with(kTopic)) {
      const auto topic = parse_topic(*value);
      if (!topic) return std::unexpected(topic.error());
      if (found && *found != *topic) return bad("it names two different info hashes");
      found = *topic;
    } else if (key == "xt" && value->starts_with(kV1Topic)) {
      names_v1 = true;
    } else if (key == "dn") {
      magnet.name = std::move(*value);
    } else if (key == "tr") {
      add(magnet.trackers, std::move(*value));
    } else if (key == "x.pe") {
      add(magnet.peers, std::move(*value));
    }
  }
  if (!found && names_v1) {
    return bad(
        "it names BitTorrent v1 content only (btih); only v2 content can be fetched, so ask "
        "for a link with xt=urn:btmh:");
  }
  if (!found) return bad("it has no xt=urn:btmh: part, so it names no BitTorrent v2 content");
  magnet.info_hash = *found;
  return magnet;
}

}  // namespace shoal
