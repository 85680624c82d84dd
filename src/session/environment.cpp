#include "session/environment.hpp"

#include <utility>

#include "net/spawn.hpp"
#include "session/swarm.hpp"

namespace shoal::session {

using torrent::RateLimiter;

Environment::Environment(const Setup& setup)
    : executor(setup.executor),
      workers(setup.workers),
      tls(setup.tls),
      self(setup.self),
      budget(setup.max_connections, setup.upload_slots),
      uploads(executor, budget.up,
              [this](const RateLimiter::Turn& turn, Time now) {
                const auto swarm = find(turn.file);
                return swarm == nullptr ? 0 : swarm->on_upload_turn(turn, now);
              }),
      downloads(executor, budget.down, [this](const RateLimiter::Turn& turn, Time now) {
        const auto swarm = find(turn.file);
        return swarm == nullptr ? 0 : swarm->on_download_turn(turn, now);
      }) {}

void Environment::make_room(Time now) {
  if (budget.to_leave.empty()) return;
  for (const auto& [key, connection] : std::exchange(budget.to_leave, {})) {
    if (const auto swarm = find(key)) swarm->make_room(connection, now);
  }
}

void Environment::hash_leaves() {
  while (const auto job = budget.leaves.next()) {
    const auto swarm = find(job->swarm);
    if (swarm != nullptr) return net::spawn(executor, Swarm::hash_leaves(swarm, job->piece));
    static_cast<void>(budget.leaves.done(*job, std::nullopt));  // who asked has left with it
  }
}

std::shared_ptr<Swarm> Environment::find(torrent::SwarmKey key) const {
  const auto found = swarms_.find(key);
  return found == swarms_.end() ? nullptr : found->second.lock();
}

}  // namespace shoal::session
