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

#include "session/context.hpp"
#include "session/fetch_backend.hpp"
#include "session/link.hpp"
#include "session/metadata_fetch.hpp"

namespace shoal::session {

/// Finds the peers of a link's swarm, and with them its info dictionary where only the hash is
/// known. From start() on, the swarm is followed at the trackers; peers that come up later go to
/// the swarm itself, once it is here. One thread.
class LinkSearch final : public Search, public std::enable_shared_from_this<LinkSearch> {
 public:
  LinkSearch(const std::shared_ptr<SessionContext>& context, const Link& link);

  /// Once. Asks all trackers and dials the peers of the link.
  void start(const Link& link);
  /// Returns when there is news, or after a moment.
  asio::awaitable<void> wait() override;
  /// Asks no more peers for the dictionary.
  void stop() override;

  /// The dictionary, as it came from a peer or was in the .torrent file.
  [[nodiscard]] const std::optional<Bytes>& dictionary() const override;
  [[nodiscard]] std::vector<Endpoint> peers() const override {
    return {peers_.begin(), peers_.end()};
  }
  /// Nothing is under way that could bring what is missing: all trackers have answered or had time
  /// to, all peers have been asked.
  [[nodiscard]] bool exhausted() const override;
  /// What to tell people when it is.
  [[nodiscard]] Error failure() const override;

 private:
  enum class Tracker { asked, answered, refused, silent };

  void answered(const std::string& tracker, const Result<std::vector<Endpoint>>& peers);
  void learn(std::span<const Endpoint> peers);
  /// A peer of the link that cannot be asked.
  void leave_out(const std::string& peer, const std::string& why);
  [[nodiscard]] Error failure_of_all() const;
  /// Those that have not answered, and why if that is known: "a:1, b:2: cannot look up b".
  [[nodiscard]] std::string silent_trackers() const;
  static asio::awaitable<void> resolve(std::shared_ptr<LinkSearch> self, std::string peer);

  std::weak_ptr<SessionContext> context_;  // whose Announcer holds us
  InfoHash info_hash_;
  Time since_;
  std::shared_ptr<MetadataFetch> metadata_;  // null when the dictionary is known from the start
  std::optional<Bytes> given_;
  asio::steady_timer news_;
  std::set<Endpoint> peers_;
  std::size_t looked_up_ = 0;  // peers' names, at the moment
  std::map<std::string, Tracker> trackers_;
  std::string refusal_;                          // the last one
  std::map<std::string, std::string> left_out_;  // peers of the link, and why
};

}  // namespace shoal::session
