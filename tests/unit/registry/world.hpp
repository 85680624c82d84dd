#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "registry/registry.hpp"

/// A registry on virtual time, and peers that talk to it.
namespace shoal::registry::world {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}

inline PeerId peer_id(int number) {
  PeerId id;
  id.bytes[18] = static_cast<std::byte>(number >> 8);
  id.bytes[19] = static_cast<std::byte>(number);
  return id;
}

inline FileInfo file(std::string name, std::uint64_t length = 1000, int content = 1) {
  FileInfo info{std::move(name), length, 16384, {}};
  if (length > 0) info.root.bytes[0] = static_cast<std::byte>(content);
  return info;
}

inline FileInfo folder(std::string name, int content = 1, std::uint32_t files = 3) {
  FileInfo info{std::move(name), 1000, 16384, {}, FolderInfo{files, 200}};
  info.root.bytes[0] = static_cast<std::byte>(content);
  return info;
}

struct Peer {
  PeerId id;
  IpAddress from;
  std::uint16_t port = 6881;
  datagram::FileSet set;  ///< of what it believes to have registered
  std::optional<Endpoint> said{};
  datagram::Proof proof{};

  [[nodiscard]] Endpoint endpoint() const { return {from, port}; }
};

inline Peer peer(int number, std::string_view from, std::uint16_t port = 6881) {
  return {peer_id(number), address(from), port, {}};
}

struct World {
  explicit World(const RegistryOptions& options = {}) : registry(options) {}

  std::expected<Endpoint, datagram::RefuseReply> add(const Peer& who, const FileInfo& what,
                                                     bool complete = true) {
    return registry.register_file({who.id, who.port, complete, what, who.said, who.proof}, who.from,
                                  now);
  }
  /// Registers and remembers it.
  bool offer(Peer& who, const FileInfo& what) {
    who.set.add(info_hash(what));
    return add(who, what).has_value();
  }
  bool beat(const Peer& who) {
    return registry.heartbeat({who.id, who.port, who.set, who.said, who.proof}, who.from, now);
  }
  void withdraw(const Peer& who, std::optional<InfoHash> what = {}) {
    registry.withdraw({who.id, who.port, what, who.said, who.proof}, who.from);
  }
  std::optional<datagram::LookupReply> find(std::string name, const Peer& asker) {
    datagram::LookupReply reply;
    if (!registry.lookup({asker.id, std::move(name)}, asker.from, reply)) return std::nullopt;
    return reply;
  }
  Result<datagram::AnnounceReply> announce(
      const Peer& who, const FileInfo& what, std::uint64_t left,
      datagram::AnnounceEvent event = datagram::AnnounceEvent::none, std::int32_t want = -1) {
    datagram::AnnounceRequest request;
    request.info_hash = truncated(info_hash(what));
    request.peer_id = who.id;
    request.left = left;
    request.event = event;
    request.num_want = want;
    request.port = who.port;
    datagram::AnnounceReply reply;
    if (auto done = registry.announce(request, who.from, now, reply); !done)
      return std::unexpected(done.error());
    return reply;
  }
  datagram::ScrapeEntry scrape(const FileInfo& what) {
    datagram::ScrapeReply reply;
    registry.scrape({{truncated(info_hash(what))}}, reply);
    return reply.files.at(0);
  }
  std::vector<std::string> names(std::string prefix = "", std::string after = "") {
    datagram::ListReply reply;
    registry.list({std::move(prefix), std::move(after)}, reply);
    std::vector<std::string> out;
    for (const auto& entry : reply.files) out.push_back(entry.name);
    return out;
  }
  void pass(Duration time) {
    now += time;
    registry.expire(now);
  }

  Registry registry;
  Time now = Time{} + std::chrono::hours(1);
};

}  // namespace shoal::registry::world
