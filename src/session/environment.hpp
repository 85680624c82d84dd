#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <unordered_map>

#include <asio/any_io_executor.hpp>
#include <asio/thread_pool.hpp>

#include "net/stream.hpp"
#include "session/throttle.hpp"
#include "torrent/budget.hpp"
#include "torrent/peer/chunk_pool.hpp"
#include "torrent/torrent.hpp"

namespace shoal::session {

class Swarm;

/// What all swarms of one process share, and hold: their jobs may end later than whoever made them.
/// One thread.
class Environment {
 public:
  struct Setup {
    asio::any_io_executor executor;
    asio::thread_pool& workers;  ///< outlives this
    net::TlsContextPtr tls{};    ///< of a closed swarm; null in an open one
    torrent::SelfInfo self{};
    std::size_t max_connections = 500;
    std::size_t upload_slots = 0;  ///< 0 = everybody is served
  };

  explicit Environment(const Setup& setup);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  const asio::any_io_executor executor;
  asio::thread_pool& workers;
  const net::TlsContextPtr tls;
  const torrent::SelfInfo self;
  torrent::Budget budget;
  Throttle uploads;
  Throttle downloads;
  std::mt19937_64 random{std::random_device{}()};
  const std::shared_ptr<torrent::ChunkPool> chunks = std::make_shared<torrent::ChunkPool>();
  /// A swarm has moved bytes, or has all of them. May be empty.
  std::function<void(const Swarm&)> on_standing;

  [[nodiscard]] torrent::SwarmKey new_key() { return torrent::SwarmKey{++last_swarm_}; }
  /// A swarm that has connections, and so may have turns.
  void enter(torrent::SwarmKey key, std::weak_ptr<Swarm> swarm) {
    swarms_.insert_or_assign(key, std::move(swarm));
  }
  void leave(torrent::SwarmKey key) { swarms_.erase(key); }
  /// Has those connections closed whose place others need.
  void make_room(Time now);
  /// Has the piece hashed whose leaves peers wait for.
  void hash_leaves();

 private:
  [[nodiscard]] std::shared_ptr<Swarm> find(torrent::SwarmKey key) const;

  std::unordered_map<torrent::SwarmKey, std::weak_ptr<Swarm>> swarms_;
  std::uint64_t last_swarm_ = 0;
};

}  // namespace shoal::session
