#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "base/clock.hpp"
#include "discovery/tracker_client.hpp"

namespace shoal::discovery {

/// What an announce says of us (BEP 15), in bytes.
struct Standing {
  std::uint64_t downloaded = 0;
  std::uint64_t left = 0;  ///< 0: complete
  std::uint64_t uploaded = 0;

  bool operator==(const Standing&) const = default;
};

/// Announces one swarm by its info hash at several trackers, ours or any others, and learns its
/// peers from them (BEP 15). For swarms that cannot be looked up by a name. Everything is called on
/// the executor's (one) thread; it may be destroyed at any time, and calls nothing back after that.
class SwarmAnnouncer {
 public:
  /// Who we are.
  struct Self {
    PeerId peer_id;
    std::uint16_t port = 0;
  };
  /// After each announce to `tracker` (as given): the peers it named, or why there are none. May
  /// destroy the SwarmAnnouncer.
  using OnAnswer =
      std::function<void(const std::string& tracker, const Result<std::vector<Endpoint>>& peers)>;

  /// Begins soon. Trackers of one name, one after another, are one that is told in both address
  /// families: it has failed when both have. `patience`: silence after which an announce has
  /// failed.
  SwarmAnnouncer(asio::any_io_executor executor, TrackerClients trackers, const Self& self,
                 const InfoHash& swarm, const Standing& standing, OnAnswer on_answer,
                 Duration patience);
  ~SwarmAnnouncer();
  SwarmAnnouncer(SwarmAnnouncer&&) noexcept;
  SwarmAnnouncer& operator=(SwarmAnnouncer&&) = delete;

  /// Why the last lookup of that tracker's name (as given) brought no address; empty when there is
  /// no such reason.
  [[nodiscard]] std::string name_problem(const std::string& tracker) const;
  /// Told with the next announce; at once when nothing is left for the first time.
  void update(const Standing& standing);
  /// There are too few peers: asks for more before the trackers' intervals are over.
  void hurry();
  /// We were stopped for a while: announces soon.
  void resumed();
  /// We may be at another address now: announces at once.
  void addresses_changed();
  /// Tells the trackers that know us that we leave, waiting at most `patience`. Nothing is called
  /// back any more.
  asio::awaitable<void> leave(Duration patience);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace shoal::discovery
