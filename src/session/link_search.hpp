#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "session/host.hpp"
#include "session/link.hpp"
#include "session/metadata_fetch.hpp"

namespace shoal {

/// Finds the peers of a link's swarm, and with them its info dictionary where only the hash is
/// known. From start() on, the swarm is followed at the trackers; peers that come up later go to
/// the swarm itself, once the host has it. One thread.
class LinkSearch : public std::enable_shared_from_this<LinkSearch> {
 public:
  LinkSearch(std::shared_ptr<Host> host, const Link& link);

  /// Once. Asks all trackers and dials the peers of the link.
  void start(const Link& link);
  /// Returns when there is news, or after a moment.
  asio::awaitable<void> wait();
  /// Asks no more peers for the dictionary.
  void stop();

  /// The dictionary, as it came from a peer or was in the .torrent file.
  [[nodiscard]] const std::optional<Bytes>& dictionary() const;
  [[nodiscard]] std::vector<Endpoint> peers() const { return {peers_.begin(), peers_.end()}; }
  /// Nothing is under way that could bring what is missing: all trackers have answered or had time
  /// to, all peers have been asked.
  [[nodiscard]] bool exhausted() const;
  /// What to tell people when it is.
  [[nodiscard]] Error failure() const;

 private:
  enum class Tracker { asked, answered, refused, silent };

  void answered(const std::string& tracker, const Result<std::vector<Endpoint>>& peers);
  void learn(std::span<const Endpoint> peers);
  static asio::awaitable<void> resolve(std::shared_ptr<LinkSearch> self, std::string peer);

  std::weak_ptr<Host> host_;  // whose Announcer holds us
  InfoHash info_hash_;
  Time since_;
  std::shared_ptr<MetadataFetch> metadata_;  // null when the dictionary is known from the start
  std::optional<Bytes> given_;
  asio::steady_timer news_;
  std::set<Endpoint> peers_;
  std::size_t looked_up_ = 0;  // peers' names, at the moment
  std::map<std::string, Tracker> trackers_;
  std::string refusal_;  // the last one
};

}  // namespace shoal
