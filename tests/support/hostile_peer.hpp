#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <shoal/endpoint.hpp>
#include <shoal/file_info.hpp>

#include "base/bytes.hpp"
#include "hash/merkle.hpp"
#include "metainfo/geometry.hpp"
#include "wire/messages.hpp"

namespace shoal::test {

/// A small BitTorrent v2 peer that offers a whole file and behaves badly, as a test wants. Runs on
/// a thread of its own; the functions below are for the test's thread.
class HostilePeer {
 public:
  enum class Habit {
    corrupts,           ///< sends blocks with one wrong bit
    stops,              ///< says nothing more; what is asked of it then stays unanswered
    resets,             ///< sends half a block, then resets the connection
    rejects,            ///< rejects every request
    lies_about_hashes,  ///< sends a wrong piece layer
    ignores_hash_requests,
    never_unchokes,
    trickles,         ///< sends a byte a second
    lies_and_leaves,  ///< sends two blocks with a wrong bit, and closes the connection at once
  };

  /// Listens at that address of this machine. Nobody knows yet.
  HostilePeer(const std::filesystem::path& file, Habit habit, std::size_t good_blocks = 0,
              const std::string& host = "127.0.0.1");
  ~HostilePeer();
  HostilePeer(const HostilePeer&) = delete;
  HostilePeer& operator=(const HostilePeer&) = delete;

  [[nodiscard]] Endpoint address() const;
  /// Tells a tracker that it has the file.
  void register_at(const std::string& tracker) const;
  /// From now on it is as good as any other, and answers what it has left unanswered.
  void reform();

  /// What it has seen so far, of all connections together.
  struct Seen {
    std::size_t connections = 0;  ///< handshakes for the file
    std::size_t ended = 0;        ///< connections, by either side
    std::size_t hash_requests = 0;
    std::size_t requests = 0;  ///< of blocks
    std::size_t good_blocks = 0;
    std::size_t bad_blocks = 0;
  };
  [[nodiscard]] Seen seen() const;
  /// Throws when it does not come so far in time.
  void wait_until(const std::function<bool(const Seen&)>& condition) const;

 private:
  struct Session;
  using SessionPtr = std::shared_ptr<Session>;

  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(SessionPtr session);
  asio::awaitable<void> read_loop(SessionPtr session);
  asio::awaitable<void> write_loop(SessionPtr session);
  void take(Session& session, BytesView frame);
  void answer_hashes(Session& session, const wire::HashRange& range);
  asio::awaitable<void> answer_request(SessionPtr session);
  asio::awaitable<void> lie_and_leave(SessionPtr session);
  void append_block(BlockRef block, Bytes& out) const;
  [[nodiscard]] bool is_good() const;
  [[nodiscard]] std::size_t fewest_requests() const;
  void note(std::size_t Seen::*counter);

  FileInfo file_;
  Bytes content_;
  Geometry geometry_;
  std::optional<merkle::LayerTree> layers_;
  Habit habit_;
  std::size_t good_left_;

  asio::io_context loop_;
  asio::ip::tcp::acceptor acceptor_;
  PeerId peer_id_;
  std::list<std::weak_ptr<Session>> sessions_;

  mutable std::mutex mutex_;
  mutable std::condition_variable news_;
  Seen seen_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace shoal::test
