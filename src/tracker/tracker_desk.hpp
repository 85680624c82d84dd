#pragma once

#include <array>
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
#include "tracker/response_clock.hpp"

namespace shoal {

/// What all threads of a tracker share: one registry, behind one lock, and in a closed swarm one
/// memory of sealed datagrams that were here already.
class TrackerDesk {
 public:
  explicit TrackerDesk(const TrackerOptions& options);

  /// Forgets who has been silent. Returns when there will be more to do.
  Time expire(Time now);
  /// The tracker was stopped for a while and heard nobody: no peer is forgotten for that.
  void resumed(Time now);
  [[nodiscard]] TrackerStatistics statistics() const;
  [[nodiscard]] TrackerStatus status() const;
  /// See Tracker::list(): a part of it, so the lock is not held for long.
  [[nodiscard]] std::optional<std::size_t> list(std::size_t at,
                                                std::vector<TrackedFile>& into) const;

  /// For whoever sends what a clerk has answered.
  [[nodiscard]] ResponseClock& responses() { return responses_; }

 private:
  friend class TrackerClerk;

  [[nodiscard]] Time next_deadline() const;

  const std::optional<secure::SealedTracker> seal_;  // of a closed swarm; each clerk has another
  ResponseClock responses_;
  mutable std::mutex mutex_;  // guards all that follows
  registry::Responder responder_;
  std::uint64_t unopened_ = 0;  // datagrams
};

/// One thread's way to the desk, a batch of datagrams at a time. What it opens and seals, it does
/// without the lock: whoever sends what does not open keeps no other thread waiting.
class TrackerClerk {
 public:
  struct Answered {
    std::size_t replies = 0;  ///< so many of the front of `replies` are to be sent
    Time next_deadline;       ///< when expire() has something to do
  };

  explicit TrackerClerk(TrackerDesk& desk);

  /// Precondition: there are no more datagrams than replies.
  Answered answer(std::span<const net::Received> datagrams, Time now,
                  std::span<net::Outgoing> replies);

 private:
  static constexpr std::size_t kMost = net::DatagramBatch::kMost;

  /// A datagram that is to be answered.
  struct Case {
    std::size_t datagram = 0;  ///< which of the batch
    secure::Sender asker;      ///< of a closed swarm
    bool answered = false;
    Bytes opened;
    Bytes reply;
  };

  /// Fills `asked_`, and as many cases.
  void open(std::span<const net::Received> datagrams);

  TrackerDesk& desk_;
  std::optional<secure::SealedTracker> seal_;
  std::array<Case, kMost> cases_;  // kept for their capacity
  std::vector<registry::Asked> asked_;
};

}  // namespace shoal
