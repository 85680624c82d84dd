#include "session/torrents.hpp"

#include <utility>

namespace shoal::session {

void Torrents::remove(const InfoHash& file) {
  const auto found = by_hash_.find(truncated(file));
  if (found == by_hash_.end()) return;
  const auto swarm = std::move(found->second);
  by_hash_.erase(found);
  swarm->close();
}

void Torrents::remove_incomplete() {
  const ByHash all = by_hash_;
  for (const auto& [hash, swarm] : all)
    if (!swarm->content().complete()) remove(swarm->content().info_hash());
}

void Torrents::close() {
  for (const auto& [hash, swarm] : std::exchange(by_hash_, {})) swarm->close();
}

std::shared_ptr<Swarm> Torrents::find(const InfoHash20& asked_for) const {
  const auto found = by_hash_.find(asked_for);
  return found == by_hash_.end() ? nullptr : found->second;
}

}  // namespace shoal::session
