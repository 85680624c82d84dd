#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/keys.hpp>
#include <shoal/runtime.hpp>
#include <shoal/tracker_status.hpp>

namespace shoal {

struct TrackerOptions {
  /// Addresses to listen on; port 0 takes a free one.
  std::vector<Endpoint> listen = {*Endpoint::parse("0.0.0.0:6000")};
  std::chrono::milliseconds heartbeat =
      std::chrono::seconds(30);  ///< how often peers are told to call
  std::chrono::milliseconds timeout =
      std::chrono::seconds(45);  ///< silence after which a peer is forgotten
  std::size_t max_files = 1'000'000;
  std::size_t max_peers = 4'000'000;  ///< peers of all files together
  std::size_t max_per_address =
      100'000;        ///< peers of all files together from one address; 0 = no bound
  bool open = false;  ///< also track info hashes that nobody has registered, v1 ones too
  /// The secret behind connection ids is kept there, so that ids outlive a restart and are good at
  /// all trackers of a user on one machine, as stock clients expect. Made when missing; a folder of
  /// this user's is closed to others. Empty, not writable, or with keys: every tracker has a secret
  /// of its own.
  std::filesystem::path cache_directory = {};
  Keys keys{};           ///< of a closed swarm: nobody else gets an answer
  unsigned threads = 1;  ///< that answer; at least 1
};

struct TrackerStatistics {
  std::size_t files = 0;
  std::size_t peers = 0;
  std::uint64_t answered = 0;  ///< datagrams
  std::uint64_t dropped =
      0;  ///< datagrams that got no answer: malformed, wrong connection id or key
};

/// Knows who has which file. UDP: BEP 15 and our own actions (docs/protocol.md). It answers on
/// threads of its own, whether or not somebody runs the event loop, and they end with it.
class Tracker {
 public:
  /// Listens at once. Throws std::system_error, with the address in its text, when it cannot. The
  /// runtime is not used any more; every part of Shoal is given one.
  Tracker(Runtime& runtime, TrackerOptions options);
  ~Tracker();
  Tracker(Tracker&&) noexcept;

  /// Where it listens, with the real ports.
  [[nodiscard]] std::vector<Endpoint> addresses() const;
  [[nodiscard]] TrackerStatistics statistics() const;
  /// The same in more detail. Any thread; costs the tracker's answers next to nothing.
  [[nodiscard]] TrackerStatus status() const;
  /// Appends what is known, a part at a time so that nobody waits long for an answer: from `at` on,
  /// which is 0 at first, and then what this returned, until that is nothing. What comes and goes
  /// meanwhile may be missing, but nothing is there twice. Any thread.
  [[nodiscard]] std::optional<std::size_t> list(std::size_t at,
                                                std::vector<TrackedFile>& into) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
