#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "fleet/cares.hpp"
#include "fleet/change.hpp"
#include "fleet/filling.hpp"
#include "fleet/names.hpp"
#include "fleet/others.hpp"
#include "fleet/outbox.hpp"
#include "fleet/statements.hpp"
#include "registry/registry.hpp"

namespace shoal::fleet {

struct ReplicaOptions {
  Origin self{};                       ///< drawn at random for this run; not 0
  registry::RegistryOptions registry;  ///< as of a tracker alone; the same for all of a fleet
};

/// Where a host is listed now, or why it is not.
using Granted = std::expected<Endpoint, datagram::RefuseReply>;

/// A registration that is decided.
struct Decided {
  Ticket ticket = 0;
  Granted granted;
};

/// An entry of the log as it was read.
struct LogEntry {
  Position at;
  BytesView bytes;
  Duration age{};  ///< by the log's own clock; roughly
};

struct ReplicaStatus {
  bool up = false;
  bool filled = false;              ///< knows what the others know
  std::size_t others = 0;           ///< living trackers besides this one
  std::size_t waiting = 0;          ///< changes to be published
  std::size_t unconfirmed = 0;      ///< names granted by this tracker alone
  std::uint64_t dropped = 0;        ///< changes that found no room
  std::uint64_t unreadable = 0;     ///< batches
  std::uint64_t doubled = 0;        ///< batches
  std::uint64_t granted_alone = 0;  ///< registrations
  std::uint64_t wanted = 0;         ///< hosts of which another tracker knew something else
};

/// One tracker of a fleet: a registry that is fed by an ordered log of changes, which all trackers
/// write and read (decision 21). Answers come from memory. Everything is applied in the log's
/// order, our own changes when they are read back, so all registries are equal; a name is granted
/// to whoever comes first in the log. While the log is away each tracker goes on alone.
///
/// Pure: no I/O, no clock. Times passed in never go back. One thread at a time.
class Replica {
 public:
  static constexpr Duration kSlow =
      std::chrono::milliseconds(250);  ///< then a name is granted alone
  static constexpr Duration kHomeGrace = std::chrono::seconds(15);  ///< for hosts of other trackers
  static constexpr Duration kFrozen = std::chrono::minutes(10);  ///< they are kept without the log
  static constexpr Duration kDoubt = std::chrono::seconds(2);    ///< until a host is asked for
  static constexpr Duration kAnswer =
      std::chrono::seconds(3);                                ///< until others answer for its home
  static constexpr Duration kSign = std::chrono::seconds(1);  ///< between signs of our life
  static constexpr Duration kStale = std::chrono::seconds(15);  ///< older heartbeats mean nothing
  static constexpr std::size_t kMostPending = 8192;             ///< registrations
  static constexpr std::size_t kMostDoubts = 100'000;           ///< hosts
  static constexpr std::size_t kMostTold = 1 << 20;             ///< bytes told and not read back

  Replica(const ReplicaOptions& options, Time now);

  /// Whether anybody is to be answered, connect included: not before it knows what others know.
  [[nodiscard]] bool is_open() const { return filling_.is_open(); }

  // Requests: see Registry. Precondition: is_open().

  /// Decided at once, or later: then take_decided() has the ticket.
  [[nodiscard]] std::variant<Ticket, Granted> hear(const datagram::RegisterRequest& request,
                                                   const IpAddress& from, Time now);
  [[nodiscard]] bool hear(const datagram::HeartbeatRequest& request, const IpAddress& from,
                          Time now);
  void hear(const datagram::WithdrawRequest& request, const IpAddress& from, Time now);
  [[nodiscard]] Result<void> hear(const datagram::AnnounceRequest& request, const IpAddress& from,
                                  Time now, datagram::AnnounceReply& reply);
  /// For what changes nothing: lookup(), list(), scrape().
  [[nodiscard]] registry::Registry& registry() { return registry_; }
  [[nodiscard]] const registry::Registry& registry() const { return registry_; }

  // The log.

  /// The next entry, our own included.
  void apply(const LogEntry& entry, Time now);
  /// Appends the next batch to be published; false: there is none now. Batches are published in
  /// order; one that may have got lost is published again, as it is.
  [[nodiscard]] bool take_batch(Bytes& out, Time now);
  /// The log answers. `gap`: entries that were not read are not in it any more.
  void link_up(bool gap, Time now);
  void link_down(Time now);

  /// What time brings. To be called some ten times a second.
  void due(Time now);
  [[nodiscard]] std::vector<Decided> take_decided() { return std::exchange(decided_, {}); }

  [[nodiscard]] ReplicaStatus status(Time now) const;

 private:
  /// A registration whose record was not read back yet.
  struct Pending {
    Ticket ticket = 0;
    Registered change;
    Time since;
  };
  /// A host that may have to be asked for.
  struct Doubt {
    Endpoint host;
    Time due;
  };
  /// Somebody asks for a host that is not ours.
  struct Question {
    Fingerprint known;
    Time due;
  };
  /// The entry that is applied.
  struct Reading {
    Origin origin;
    Position at;
    Position as_of;
    bool to_us;  ///< alone
    Tracker& tracker;
    Duration age;
    Time now;
    std::vector<Ticket> tickets;  ///< of our registrations in it
    std::size_t next_ticket = 0;

    [[nodiscard]] std::optional<Statement>& telling() const {
      return tracker.telling[to_us ? 1 : 0];
    }
  };

  // Requests (replica.cpp)
  Granted grant_alone(const Registered& change, Time now);
  /// Our change of a host: published, and without the log applied.
  void change(const Endpoint& host, Change change, Time now);
  void withdraw(const Withdrawn& change);
  [[nodiscard]] bool is_settled(const Endpoint& host) const;
  /// Signs of life of our own hosts, after the log came back.
  void tell_own(Time now);
  [[nodiscard]] bool take_told(Bytes& out);

  // The log (replica_apply.cpp)
  void apply(const Registered& change, Reading& entry);
  void apply(const Alive& change, Reading& entry);
  void apply(const Withdrawn& change, Reading& entry);
  void apply(const Announced& change, Reading& entry);
  void apply(const Want& change, Reading& entry);
  void apply(const WantAll& change, Reading& entry);
  void apply(const Here& change, Reading& entry);
  void apply(const Stating& change, Reading& entry);
  void apply(const Stated& change, Reading& entry);
  void apply(const Filled& change, Reading& entry);
  [[nodiscard]] Granted grant(const Registered& change, const Reading& entry);
  [[nodiscard]] bool gives_way(Id holder, const Registered& change, const Reading& entry) const;
  void announce(const Announced& change, Time now);
  /// Our own host is told of by another tracker, as a part of everything.
  void confirm_own(const Registered& change, const Endpoint& host);
  void decide(Ticket ticket, Granted granted, Time now);

  // Time (replica_due.cpp)
  void grant_overdue(Time now);
  void expire_own(Time now);
  void expire_others(Time now);
  void ask_for_doubts(Time now);
  void answer_questions(Time now);
  void fill(Time now);
  /// Of what we were not told of since we began to ask nothing is left.
  void end_untold();
  void lose_track(Time now);

  Origin self_;
  Duration lifetime_;  ///< of a host without a heartbeat
  registry::Registry registry_;
  Cares cares_;
  Outbox outbox_;
  Others others_;
  Statements statements_;
  UnconfirmedNames names_;
  Filling filling_;

  bool up_ = false;
  Time up_since_;
  Time down_since_;
  Position read_;
  std::deque<Pending> pending_;
  std::vector<Decided> decided_;
  std::deque<Doubt> doubts_;
  std::unordered_map<Endpoint, Question> questions_;
  std::deque<Endpoint> own_to_tell_;
  Ticket told_after_ = 0;
  Time signed_{};
  bool told_first_ = false;
  datagram::AnnounceReply unused_;
  ReplicaStatus counts_;
};

}  // namespace shoal::fleet
