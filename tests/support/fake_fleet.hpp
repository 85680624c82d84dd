#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/fake_log.hpp"
#include "unit/registry/world.hpp"

/// Several trackers on virtual time around a log in memory.
namespace shoal::fleet {

using registry::world::Peer;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A tracker with its link.
struct Node {
  Replica replica;
  FakeFeed feed;
  std::map<Ticket, Granted> decided;

  Node(Origin self, FakeLog& log, Time now) : replica({self, {.open = true}}, now), feed(log) {}
};

/// What a registry knows, to be compared.
struct Known {
  std::map<Endpoint, std::set<std::string>> hosts;                       ///< "name content peer-id"
  std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> names;  ///< seeders, leechers
  bool operator==(const Known&) const = default;
};

class FakeFleet {
 public:
  explicit FakeFleet(std::size_t size, Duration step = milliseconds(10)) : step_(step) {
    for (std::size_t i = 0; i < size; ++i) nodes.emplace_back();
    for (std::size_t i = 0; i < size; ++i) start(i);
  }

  void start(std::size_t i) {
    nodes[i] = std::make_unique<Node>(Origin{100 * ++started_ + i}, log, now);
  }
  void kill(std::size_t i) { nodes[i].reset(); }
  [[nodiscard]] bool lives(std::size_t i) const { return nodes[i] && nodes[i]->replica.is_open(); }
  [[nodiscard]] Replica& operator[](std::size_t i) { return nodes[i]->replica; }
  [[nodiscard]] FakeFeed& feed(std::size_t i) { return nodes[i]->feed; }

  void step() {
    now += step_;
    for (const auto& node : nodes) {
      if (!node) continue;
      node->feed.step(node->replica, now);
      for (Decided& one : node->replica.take_decided())
        node->decided.insert_or_assign(one.ticket, std::move(one.granted));
    }
  }
  void pass(Duration time) {
    for (const Time end = now + time; now < end;) step();
  }

  // ---- clients, which ask tracker `i`

  /// Sent; the answer, or the ticket to wait for.
  [[nodiscard]] std::variant<Ticket, Granted> send(std::size_t i, const Peer& who,
                                                   const FileInfo& what, bool complete = true) {
    return (*this)[i].hear(
        datagram::RegisterRequest{who.id, who.port, complete, what, who.said, who.proof}, who.from,
        now);
  }
  [[nodiscard]] std::optional<Granted> answer(std::size_t i, Ticket ticket) {
    const auto found = nodes[i]->decided.find(ticket);
    if (found == nodes[i]->decided.end()) return std::nullopt;
    Granted granted = std::move(found->second);
    nodes[i]->decided.erase(found);
    return granted;
  }
  /// Sent, and waited for.
  [[nodiscard]] Granted offer(std::size_t i, Peer& who, const FileInfo& what) {
    auto sent = send(i, who, what);
    if (const auto* ticket = std::get_if<Ticket>(&sent)) {
      for (int steps = 0; steps < 1000; ++steps) {
        step();
        if (auto granted = answer(i, *ticket)) {
          sent = std::move(*granted);
          break;
        }
      }
    }
    Granted granted = std::get<Granted>(sent);
    if (granted) who.set.add(info_hash(what));
    return granted;
  }
  bool beat(std::size_t i, const Peer& who) {
    return (*this)[i].hear(
        datagram::HeartbeatRequest{who.id, who.port, who.set, who.said, who.proof}, who.from, now);
  }
  void withdraw(std::size_t i, const Peer& who, std::optional<InfoHash> what = {}) {
    (*this)[i].hear(datagram::WithdrawRequest{who.id, who.port, what, who.said, who.proof},
                    who.from, now);
  }
  /// Each host calls its tracker every 30 s of that time.
  void pass_with_heartbeats(Duration time,
                            const std::vector<std::pair<std::size_t, Peer*>>& hosts) {
    for (const Time end = now + time; now < end;) {
      for (const auto& [i, who] : hosts)
        if (nodes[i]) (void)beat(i, *who);
      pass(std::min<Duration>(seconds(30), end - now));
    }
  }

  [[nodiscard]] bool knows(std::size_t i, const std::string& name) {
    return (*this)[i].registry().catalogue().find(name) != registry::kNone;
  }
  [[nodiscard]] Known known(std::size_t i) {
    const registry::Registry& registry = (*this)[i].registry();
    Known known;
    const auto& hosts = registry.hosts().slab();
    for (registry::Id id = 0; id < hosts.end(); ++id) {
      const registry::Host& host = hosts[id];
      for (registry::Id at = host.files.front(); at != registry::kNone;
           at = registry.members()[at].links.next) {
        const FileInfo& file = registry.catalogue()[registry.members()[at].swarm].file;
        known.hosts[host.endpoint].insert(
            file.name + " " + to_hex(file.root).substr(0, 4) + " " +
            std::to_string(std::to_integer<int>(host.peer_id.bytes[19])));
      }
    }
    const auto& swarms = registry.catalogue().slab();
    for (registry::Id id = 0; id < swarms.end(); ++id)
      if (swarms[id].size() > 0)
        known.names[swarms[id].file.name] = {swarms[id].seeders(), swarms[id].leechers()};
    return known;
  }
  /// All that live know the same.
  [[nodiscard]] bool equal() {
    std::optional<Known> first;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!nodes[i]) continue;
      const Known here = known(i);
      if (first && here != *first) return false;
      first = here;
    }
    return true;
  }

  FakeLog log;
  Time now = Time{} + std::chrono::hours(1);
  std::vector<std::unique_ptr<Node>> nodes;

 private:
  Duration step_;
  std::uint64_t started_ = 0;
};

}  // namespace shoal::fleet
