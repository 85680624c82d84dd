#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "fleet/cares.hpp"
#include "fleet/change.hpp"

namespace shoal::fleet {

/// What this tracker has to say: changes that wait to be published, and batches that were not read
/// back yet. Bounded: where too much waits, the oldest sign of life goes first, which the next one
/// replaces; and then the oldest change, which the next heartbeat of its host repairs.
class Outbox {
 public:
  static constexpr std::size_t kMostWaiting = 100'000;  ///< changes
  static constexpr std::size_t kMostUnread = 1024;      ///< batches

  explicit Outbox(Origin self, std::size_t most = kMostWaiting) : self_(self), most_(most) {}

  Ticket add(Change change);

  /// Appends a batch of what waits, in order; false: nothing waits, or too much is unread.
  [[nodiscard]] bool take(Bytes& out);
  /// A batch that is not of those: gets its number, and counts as unread. `batch.to` and what
  /// follows are the caller's.
  void number(Batch& batch, std::size_t bytes);

  /// Our own batch of that number was read back. Whatever was before it is lost, or was read.
  /// Returns the tickets of its registrations, in order.
  [[nodiscard]] std::vector<Ticket> read_back(std::uint64_t number);
  /// What was published may never be read back.
  void forget_unread();

  /// All our changes up to this one were read back, or are lost.
  [[nodiscard]] Ticket settled() const { return settled_; }
  [[nodiscard]] Ticket last() const { return last_; }
  [[nodiscard]] std::size_t waiting() const { return changes_.size() + signs_.size(); }
  /// Bytes of batches by number() that are unread.
  [[nodiscard]] std::size_t unread_bytes() const { return unread_bytes_; }
  /// Changes that went for want of room.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Waiting {
    Ticket ticket = 0;
    Change change;
  };
  struct Unread {
    std::uint64_t number = 0;
    Ticket last = 0;  ///< 0: none
    std::vector<Ticket> registrations;
    std::size_t bytes = 0;  ///< of one by number()
  };

  Origin self_;
  std::size_t most_;
  std::deque<Waiting> changes_;
  std::deque<Waiting> signs_;  ///< of life: heartbeats and announces
  std::deque<Unread> unread_;
  Ticket last_ = 0;
  Ticket settled_ = 0;
  std::uint64_t number_ = 0;
  std::size_t unread_bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace shoal::fleet
