#pragma once

#include <list>
#include <memory>
#include <optional>
#include <span>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "net/stream.hpp"
#include "torrent/peers/peer_directory.hpp"

namespace shoal {

/// How a MetadataFetch deals with peers.
struct MetadataLimits {
  std::size_t at_once = 6;                       ///< peers that are asked
  Duration greeting = std::chrono::seconds(10);  ///< to connect and shake hands
  Duration total = std::chrono::seconds(30);     ///< for one peer; then others have a turn
};

/// Gets the info dictionary of which only the hash is known from whichever peer gives it first.
/// Connections of its own, closed at the end. One thread.
class MetadataFetch : public std::enable_shared_from_this<MetadataFetch> {
 public:
  /// `me`: not that of our other connections, or peers would take those for repetitions of these.
  MetadataFetch(asio::any_io_executor executor, const InfoHash& wanted, const PeerId& me,
                const MetadataLimits& limits = {}, net::TlsContextPtr tls = {});

  /// Peers to ask, beginning at once. One that fails is asked again after a while.
  void add_peers(std::span<const Endpoint> peers);
  /// Waits until the dictionary is here, but no longer than that, and goes on asking meanwhile.
  asio::awaitable<void> wait(Duration most);
  /// Ends all connections.
  void close();

  [[nodiscard]] const std::optional<Bytes>& found() const { return found_; }
  [[nodiscard]] std::size_t known_peers() const { return directory_.size(); }
  /// Nobody is being asked: each peer known has failed, and rests.
  [[nodiscard]] bool idle() const { return asking_.empty(); }
  /// What was wrong with the peer that failed last; one that sent wrong bytes is not forgotten
  /// over others.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  static asio::awaitable<void> ask(std::shared_ptr<MetadataFetch> self,
                                   std::list<net::Stream>::iterator stream, Endpoint peer);
  asio::awaitable<Result<Bytes>> talk(net::Stream& stream, Endpoint peer);
  asio::awaitable<Result<Bytes>> receive(net::Stream& stream, bool fast);
  void ended(const Endpoint& peer, Result<Bytes> outcome);
  void dial(Time now);

  asio::any_io_executor executor_;
  InfoHash wanted_;
  PeerId me_;
  MetadataLimits limits_;
  net::TlsContextPtr tls_;
  torrent::PeerDirectory directory_;
  std::list<net::Stream> asking_;
  asio::steady_timer waiting_;
  std::optional<Bytes> found_;
  std::optional<Error> failure_;
  bool closed_ = false;
};

}  // namespace shoal
