#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/thread_pool.hpp>

#include <shoal/events.hpp>
#include <shoal/seeder.hpp>

#include "discovery/announcer.hpp"
#include "session/environment.hpp"
#include "session/torrents.hpp"
#include "storage/layer_cache.hpp"

namespace shoal::session {

/// What the parts of a Session share: who is told, the trackers, the torrents that are here, and
/// what all of those share in turn. The parts and their coroutines hold it, so it is there for as
/// long as any of them is under way. One thread.
class SessionContext : public std::enable_shared_from_this<SessionContext> {
 public:
  [[nodiscard]] static std::shared_ptr<SessionContext> make(
      const PeerOptions& options, EventHandler on_event, std::shared_ptr<Environment> environment,
      discovery::Announcer announcer);

  [[nodiscard]] const asio::any_io_executor& executor() const { return environment_->executor; }
  [[nodiscard]] asio::thread_pool& workers() const { return environment_->workers; }
  [[nodiscard]] const std::shared_ptr<Environment>& environment() const { return environment_; }
  [[nodiscard]] discovery::Announcer& announcer() { return announcer_; }
  [[nodiscard]] Torrents& torrents() { return torrents_; }
  [[nodiscard]] const std::vector<std::string>& trackers() const { return trackers_; }
  /// Where others reach us, as our user says.
  [[nodiscard]] const std::vector<std::string>& public_addresses() const {
    return public_addresses_;
  }
  /// As it was told; with few descriptors left it may be fewer.
  [[nodiscard]] std::size_t most_connections() const { return most_connections_; }
  /// Null when there is none.
  [[nodiscard]] const storage::LayerCache* layer_cache() const {
    return layer_cache_ ? &*layer_cache_ : nullptr;
  }
  [[nodiscard]] std::string magnet(const FileInfo& file) const {
    return magnet_link(file, trackers_, public_addresses_);
  }

  void tell(const Event& event) {
    if (on_event_) on_event_(event);
  }
  /// The same, after the caller has returned to the event loop.
  void tell_soon(Event event);
  /// Where the swarm is known to trackers by its info hash, they will be told how it stands.
  void tell_standing(const Swarm& swarm);

  /// Neither trackers nor peers hear of that file any more.
  void stop_serving(const InfoHash& file);

  /// Nobody is told anything any more, and every torrent is closed.
  void close();
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  SessionContext(const PeerOptions& options, EventHandler on_event,
                 std::shared_ptr<Environment> environment, discovery::Announcer announcer);

  EventHandler on_event_;
  std::vector<std::string> trackers_;
  std::vector<std::string> public_addresses_;
  std::size_t most_connections_;
  std::optional<storage::LayerCache> layer_cache_;
  std::shared_ptr<Environment> environment_;
  discovery::Announcer announcer_;
  Torrents torrents_;
  bool closed_ = false;
};

}  // namespace shoal::session
