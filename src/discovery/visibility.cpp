#include "discovery/visibility.hpp"

#include <algorithm>

namespace shoal::discovery {
namespace {

constexpr const char* kSayWhere = "--address HOST:PORT (HOST in numbers; a name is for links only)";

std::string seen_at(const std::string& tracker, const Endpoint& listed) {
  return "The tracker at " + tracker + " sees this machine as " + listed.to_string();
}

bool is_ours(const IpAddress& address, std::span<const IpAddress> own) {
  return own.empty() || address.is_loopback() || std::ranges::find(own, address) != own.end();
}

}  // namespace

std::optional<std::string> listed_elsewhere(const std::string& tracker, const Endpoint& listed,
                                            const std::optional<Endpoint>& said,
                                            std::span<const IpAddress> own) {
  if (said == listed || is_ours(listed.address, own)) return std::nullopt;
  const std::string seen = seen_at(tracker, listed);
  if (!said) return seen + "; if others cannot reach that, start with " + kSayWhere + ".";
  return seen + " and sends others there, not to " + said->to_string() +
         ": in an open swarm only a private address may be said, and only from a private one; "
         "with a --key any may.";
}

std::optional<std::string> leecher_listed_elsewhere(const std::string& tracker,
                                                    const Endpoint& listed,
                                                    std::span<const IpAddress> own) {
  if (is_ours(listed.address, own)) return std::nullopt;
  return seen_at(tracker, listed) +
         "; if others cannot reach that, they cannot fetch from here. To share all the same, end "
         "this and offer the file with: seeder FILE " +
         kSayWhere + ".";
}

std::optional<std::string> all_at_one_address(const Lookup& found, std::span<const IpAddress> own) {
  if (!found.asker || found.peers.empty()) return std::nullopt;
  const IpAddress& seen = found.asker->address;
  if (is_ours(seen, own)) return std::nullopt;
  const auto is_there = [&](const Endpoint& peer) { return peer.address == seen; };
  if (!std::ranges::all_of(found.peers, is_there)) return std::nullopt;
  return "The tracker at " + found.tracker +
         " sees this machine and everybody who has the file at " + seen.to_string() +
         ", so it is behind a proxy, or all are behind one router; if nobody can be reached there, "
         "seeders have to be started with " +
         kSayWhere + ".";
}

}  // namespace shoal::discovery
