#include "fleet/statements.hpp"

#include <utility>

#include "fleet/host_view.hpp"

namespace shoal::fleet {

/// Of a batch.
class Statements::Room {
 public:
  explicit Room(Batch& batch) : batch_(batch) {}

  [[nodiscard]] bool left() const {
    return batch_.changes.size() < kMaxChanges && bytes_ <= kMaxBatch - 2 * kMaxChange;
  }
  void add(Change change) {
    scratch_.clear();
    encode(change, scratch_);
    bytes_ += scratch_.size();
    batch_.changes.push_back(std::move(change));
  }

 private:
  Batch& batch_;
  std::size_t bytes_ = 0;
  Bytes scratch_;
};

void Statements::tell(const Endpoint& host) {
  if (hosts_.size() >= kMostHosts || !waiting_.insert(host).second) return;
  hosts_.push_back(host);
}

void Statements::tell_all(Origin asker) {
  std::erase_if(everybody_, [&](const Everybody& one) { return one.asker == asker; });
  if (everybody_.size() < kMostAskers) everybody_.push_back({asker, 0, {}, 0, {}});
}

bool Statements::take(const registry::Registry& registry, const Settled& settled, Batch& batch) {
  // In turns, so that neither who starts nor who repairs waits for the other.
  hosts_first_ = !hosts_first_;
  if (hosts_first_)
    return take_hosts(registry, settled, batch) || take_everybody(registry, settled, batch);
  return take_everybody(registry, settled, batch) || take_hosts(registry, settled, batch);
}

std::optional<Statements::Host> Statements::begin(const Endpoint& endpoint,
                                                  const registry::Registry& registry, Room& room) {
  const registry::Host* host = find_host(registry, endpoint);
  if (host == nullptr) return std::nullopt;
  room.add(Stating{endpoint, host->from, host->peer_id, host->proof});
  return Host{endpoint, files_of(registry, endpoint), 0};
}

bool Statements::tell(Host& host, const registry::Registry& registry, Room& room) {
  for (; host.told < host.files.size(); ++host.told) {
    if (!room.left()) return false;
    auto change = registration(registry, host.host, host.files[host.told]);
    if (!change) continue;  // withdrawn meanwhile
    change->again = true;
    room.add(std::move(*change));
  }
  room.add(Stated{host.host});
  return true;
}

bool Statements::take_hosts(const registry::Registry& registry, const Settled& settled,
                            Batch& batch) {
  Room room(batch);
  // It begins anew when it is settled again: between two parts others may be told of.
  if (current_ && !settled(current_->host)) {
    const Endpoint host = std::exchange(current_, std::nullopt)->host;
    tell(host);
  }
  for (std::size_t left = hosts_.size(); room.left();) {
    if (!current_) {
      if (left == 0) break;
      --left;
      const Endpoint host = hosts_.front();
      hosts_.pop_front();
      if (!settled(host)) {
        hosts_.push_back(host);
        continue;
      }
      waiting_.erase(host);
      current_ = begin(host, registry, room);
      if (!current_) continue;
    }
    if (!tell(*current_, registry, room)) break;
    current_.reset();
  }
  return !batch.changes.empty();
}

bool Statements::take_everybody(const registry::Registry& registry, const Settled& settled,
                                Batch& batch) {
  if (everybody_.empty()) return false;
  Room room(batch);
  Everybody& first = everybody_.front();
  batch.to = first.asker;
  if (tell(first, registry, settled, room)) everybody_.pop_front();
  if (!batch.changes.empty()) return true;
  batch.to = kNobody;
  return false;
}

bool Statements::tell(Everybody& all, const registry::Registry& registry, const Settled& settled,
                      Room& room) {
  const auto& hosts = registry.hosts().slab();
  const auto& members = registry.members().slab();
  while (room.left()) {
    if (all.current) {
      if (!tell(*all.current, registry, room)) return false;
      all.current.reset();
    } else if (all.host < hosts.end()) {
      const registry::Host& host = hosts[all.host++];
      if (host.files.empty()) continue;
      if (settled(host.endpoint))
        all.current = begin(host.endpoint, registry, room);
      else
        all.later.push_back(host.endpoint);
    } else if (!all.later.empty()) {
      // Settled or not: what may be wrong then the next heartbeat repairs.
      all.current = begin(all.later.back(), registry, room);
      all.later.pop_back();
    } else if (all.member < members.end()) {
      if (auto found = announcer(registry, all.member++)) room.add(*found);
    } else {
      room.add(Filled{});
      return true;
    }
  }
  return false;
}

}  // namespace shoal::fleet
