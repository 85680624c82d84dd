#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/events.hpp>
#include <shoal/runtime.hpp>
#include <shoal/seeder.hpp>

#include "discovery/announcer.hpp"
#include "net/address_watch.hpp"
#include "net/listener.hpp"
#include "session/swarm.hpp"
#include "storage/layer_cache.hpp"

namespace shoal {

/// What a seeder and a leecher are made of: a port, the swarms behind it, and the announcer that
/// tells trackers of them. When a leecher turns into a seeder, its Host changes hands.
class Host : public std::enable_shared_from_this<Host> {
 public:
  /// Listens at once; throws std::system_error. start() begins to accept.
  Host(Runtime& runtime, const PeerOptions& options, EventHandler on_event);
  void start();

  [[nodiscard]] Endpoint address() const { return address_; }
  [[nodiscard]] Runtime& runtime() { return runtime_; }
  [[nodiscard]] asio::any_io_executor executor() { return environment_.executor; }
  [[nodiscard]] asio::thread_pool& workers() { return environment_.workers; }
  [[nodiscard]] session::Environment& environment() { return environment_; }
  /// As it was told; with few descriptors left it may be fewer.
  [[nodiscard]] std::size_t most_connections() const { return most_connections_; }
  [[nodiscard]] discovery::Announcer& announcer() { return announcer_; }
  [[nodiscard]] const std::vector<std::string>& trackers() const { return trackers_; }
  /// Null when there is none.
  [[nodiscard]] const storage::LayerCache* layer_cache() const {
    return layer_cache_ ? &*layer_cache_ : nullptr;
  }
  [[nodiscard]] std::string magnet(const FileInfo& file) const {
    return magnet_link(file, trackers_, public_addresses_);
  }

  /// Peers that ask for this file are let in from now on.
  void add(const std::shared_ptr<session::Swarm>& swarm);
  void remove(const InfoHash& file);
  [[nodiscard]] std::shared_ptr<session::Swarm> find(const InfoHash& file) const;
  [[nodiscard]] const std::map<InfoHash20, std::shared_ptr<session::Swarm>>& swarms() const {
    return swarms_;
  }

  void tell(const Event& event) {
    if (on_event_) on_event_(event);
  }
  /// The same, after the caller has returned to the event loop.
  void tell_soon(Event event);

  /// The trackers refuse the name of a file that is shared under its info hash.
  void tell_shared_by_link_only(const FileInfo& file, const Error& reason);
  /// A piece of that swarm's file is not on the disk as it was (SwarmEvents::on_rotten). The file
  /// is hashed when it is offered the next time.
  void tell_rotten(const session::Swarm& swarm, PieceIndex piece,
                   const std::optional<Error>& unreadable);
  /// Where the swarm is known to trackers by its info hash, they will be told how it stands.
  void tell_standing(const session::Swarm& swarm);
  void set_limits(const RateLimits& limits);
  void set_upload_slots(std::size_t slots);
  /// Withdraws, closes everything, then calls `done`.
  void close(std::function<void()> done);
  /// At once, without telling trackers.
  void abandon();
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  void make_room_for(net::Stream& newcomer);
  static asio::awaitable<void> accept_loop(std::shared_ptr<Host> self);
  static asio::awaitable<void> greet(std::shared_ptr<Host> self,
                                     std::list<net::Stream>::iterator stream);
  /// Whether we were stopped for a while (RunningTime).
  static asio::awaitable<void> notice_gaps(std::shared_ptr<Host> self);
  void resumed(Time now);
  void addresses_changed(const net::AddressWatch::Change& change);
  static asio::awaitable<void> leave(std::shared_ptr<Host> self, std::function<void()> done);

  Runtime& runtime_;
  EventHandler on_event_;
  std::vector<std::string> trackers_;
  std::vector<std::string> public_addresses_;
  std::optional<storage::LayerCache> layer_cache_;
  net::TlsContextPtr tls_;
  net::Listener listener_;
  Endpoint address_;
  session::Environment environment_;
  discovery::Announcer announcer_;
  std::map<InfoHash20, std::shared_ptr<session::Swarm>> swarms_;
  asio::steady_timer ticks_;
  std::optional<net::AddressWatch> address_watch_;  // from start() to the end
  std::list<net::Stream> greeting_;  // accepted, and what for is not known yet; the oldest in front
  const std::size_t most_connections_;
  const std::size_t most_descriptors_;
  std::optional<std::size_t> most_here_;  // connections, since there were few descriptors left
  bool closed_ = false;
};

}  // namespace shoal
