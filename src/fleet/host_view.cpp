#include "fleet/host_view.hpp"

#include <algorithm>

#include "registry/siphash.hpp"

namespace shoal::fleet {

using registry::Host;
using registry::Id;
using registry::kNone;
using registry::Registry;

const Host* find_host(const Registry& registry, const Endpoint& host) {
  const Id id = registry.hosts().find(host);
  return id == kNone ? nullptr : &registry.hosts()[id];
}

Fingerprint fingerprint(const Registry& registry, const Endpoint& endpoint) {
  const Host* host = find_host(registry, endpoint);
  if (host == nullptr) return kUnsure;
  Bytes told;
  told.reserve(80);
  ByteWriter(told)
      .bytes(host->peer_id.bytes)
      .bytes(host->from.v6())
      .u64(static_cast<std::uint64_t>(host->proof))
      .u32(host->set.count)
      .bytes(host->set.digest.bytes);
  // All trackers have to agree, so the key is no secret: whoever makes two of his hosts look alike
  // harms himself.
  const auto hash = static_cast<std::uint32_t>(registry::siphash({}, told) >> 32);
  return Fingerprint{std::max<std::uint32_t>(hash, 1)};
}

std::vector<InfoHash> files_of(const Registry& registry, const Endpoint& endpoint) {
  std::vector<InfoHash> files;
  const Host* host = find_host(registry, endpoint);
  if (host == nullptr) return files;
  files.reserve(host->set.count);
  for (Id at = host->files.front(); at != kNone; at = registry.members()[at].links.next)
    files.push_back(registry.catalogue()[registry.members()[at].swarm].info_hash);
  return files;
}

std::optional<Registered> registration(const Registry& registry, const Endpoint& endpoint,
                                       const InfoHash& file) {
  const Id id = registry.hosts().find(endpoint);
  const Id swarm = registry.catalogue().find(truncated(file));
  if (id == kNone || swarm == kNone) return std::nullopt;
  const Id member = registry.members().find(swarm, endpoint);
  if (member == kNone || registry.members()[member].host != id) return std::nullopt;
  const Host& host = registry.hosts()[id];
  const registry::Swarm& offered = registry.catalogue()[swarm];
  Registered out;
  out.from = host.from;
  out.request.peer_id = host.peer_id;
  out.request.port = endpoint.port;
  out.request.complete = offered.is_seeder(registry.members()[member].place);
  out.request.file = offered.file;
  out.request.proof = host.proof;
  if (host.from != endpoint.address) out.request.said = endpoint;
  return out;
}

Id holder(const Registry& registry, const FileInfo& file) {
  const registry::Catalogue& known = registry.catalogue();
  if (const Id named = known.find(file.name); named != kNone) return named;
  const Id same = known.find(truncated(info_hash(file)));
  if (same != kNone && known[same].described()) return same;
  return known.find_spelled(file.name);
}

std::optional<Announced> announcer(const Registry& registry, Id id) {
  const registry::Member& member = registry.members()[id];
  if (member.swarm == kNone || member.host != kNone) return std::nullopt;
  const registry::Swarm& swarm = registry.catalogue()[member.swarm];
  return Announced{swarm.endpoint(member.place), swarm.key, swarm.tag(member.place),
                   swarm.is_seeder(member.place), datagram::AnnounceEvent::none};
}

}  // namespace shoal::fleet
