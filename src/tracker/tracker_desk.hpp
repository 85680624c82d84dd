#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <shoal/tracker.hpp>

#include "base/clock.hpp"
#include "net/datagram_batch.hpp"
#include "registry/responder.hpp"
#include "secure/sealed_talk.hpp"

namespace shoal {

/// Where all threads of a tracker have their datagrams answered, a batch at a time: one registry,
/// one memory of sealed datagrams that were here already, one lock.
class TrackerDesk {
 public:
  struct Answered {
    std::size_t replies = 0;  ///< so many of the front of `replies` are to be sent
    Time next_deadline;       ///< when expire() has something to do
  };

  explicit TrackerDesk(const TrackerOptions& options);

  /// Precondition: there are no more datagrams than replies.
  Answered answer(std::span<const net::Received> datagrams, Time now,
                  std::span<net::Outgoing> replies);
  /// Forgets who has been silent. Returns when there will be more to do.
  Time expire(Time now);
  /// The tracker was stopped for a while and heard nobody: no peer is forgotten for that.
  void resumed(Time now);
  [[nodiscard]] TrackerStatistics statistics() const;

 private:
  [[nodiscard]] bool answer(const registry::Asked& asked, Time now, Bytes& reply);
  [[nodiscard]] Time next_deadline() const;

  mutable std::mutex mutex_;  // guards all that follows
  registry::Responder responder_;
  std::optional<secure::SealedTracker> seal_;  // of a closed swarm
  std::uint64_t unopened_ = 0;                 // datagrams
  std::vector<registry::Asked> asked_;         // a batch
  Bytes plain_reply_;
};

}  // namespace shoal
