#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <unordered_map>

#include <shoal/endpoint.hpp>
#include <shoal/known_peers.hpp>

#include "base/clock.hpp"
#include "base/least_port.hpp"
#include "base/party.hpp"
#include "torrent/peers/peer_trouble.hpp"

namespace shoal::torrent {

/// The addresses of one swarm's peers: whom to dial next, whom to leave alone and until when. Pure
/// and bounded.
class PeerDirectory {
 public:
  static constexpr std::size_t kCapacity = 1000;
  // On others' word. Anybody can name anything, such as hosts that have nothing to do with this,
  // and we would call them. On that of trackers and links, until one has answered:
  static constexpr std::size_t kMostNamedPortsOfAParty = 64;
  // And on that of peers:
  static constexpr std::size_t kMostPortsOfAParty = 2;
  static constexpr std::size_t kMostFromATeller = kCapacity / 10;
  static constexpr std::uint16_t kLeastPort = shoal::kLeastPort;
  static constexpr int kMostFirstCalls = 10;     ///< within a second
  static constexpr int kMostFailuresOfTold = 5;  ///< then it is forgotten

  explicit PeerDirectory(std::uint64_t seed) : random_(seed) {}

  /// Heard of from a tracker or a link, which see to kLeastPort. A full directory forgets an
  /// address that has failed most, or ignores this one. A party that has as many ports as it may
  /// gives up one that has failed, or this one is ignored.
  void add(const Endpoint& peer);
  /// A peer says so (ut_pex), one of that party; within the bounds above.
  void add_told(const Endpoint& peer, const Party& teller);
  /// An address to dial now, taken at random among those that are due; it counts as busy until
  /// ended().
  [[nodiscard]] std::optional<Endpoint> next_to_dial(Time now);
  /// A connection to that address, which we have dialled, stands.
  void connected(const Endpoint& peer);
  /// One that came to us says that it listens there, so it need not be dialled; but it may have
  /// named a neighbour's port. Believed until ended(), and then nobody who says so any more before
  /// it was dialled.
  void claimed(const Endpoint& peer);
  /// It could not be made, or it ended. `well`: it was of use, so the address deserves a quick
  /// retry. `why` is told by known().
  void ended(const Endpoint& peer, bool well, Time now, PeerTrouble why = PeerTrouble::left);
  /// The connection to that address has ended, and so many batches of blocks that came by it are
  /// still on their way to the disk. It may have lied: it is not dialled before judged() was called
  /// as often.
  void awaits_verdicts(const Endpoint& peer, std::size_t batches);
  void judged(const Endpoint& peer);
  /// We were stopped for a while, or are somewhere else in the network: nobody's failures count any
  /// more.
  void start_anew();
  /// Leaves the address alone for a while: it lied, or it is ourselves. Even a full directory keeps
  /// that in mind.
  void ban(const Endpoint& peer, Duration duration, Time now,
           PeerTrouble why = PeerTrouble::shut_out);
  [[nodiscard]] bool banned(const Endpoint& peer, Time now) const;
  /// What came from that end of a connection was wrong. Where we have dialled it (and there alone,
  /// for an endpoint that a peer has named may be a neighbour's) it is banned. One that came to us
  /// and is the second of its party that lies within `duration` bans the party: nobody of it is let
  /// in, though it may be dialled.
  void lied(const Endpoint& liar, bool dialled, Duration duration, Time now);
  /// That end has, of late: not each wrong piece is another offence.
  [[nodiscard]] bool has_lied(const Endpoint& liar, Time now) const;
  [[nodiscard]] bool banned(const Party& party, Time now) const;
  /// Somebody could be dialled now.
  [[nodiscard]] bool anybody_due(Time now) const;

  [[nodiscard]] std::size_t size() const { return peers_.size(); }
  /// All of them, by what became of the last attempt.
  [[nodiscard]] KnownPeers known() const;

 private:
  struct Record {
    int failures = 0;
    bool busy = false;  // being dialled, or connected
    PeerTrouble trouble = PeerTrouble::none;
    Time not_before{};
    Time banned_until{};           // not reset before it is dialled again
    std::optional<Party> told_by;  // until it was connected
    bool called = false;
    bool answered = false;     // it was connected once
    bool claimed = false;      // since it was last dialled
    std::size_t verdicts = 0;  // that are still to come
  };

  /// Null when it is not there and a full directory has no address to give up for it.
  Record* find_or_add(const Endpoint& peer, int fewest_failures);
  bool forget_one(int fewest_failures);
  bool make_room_for_port(const Party& party);
  /// Nobody misses it: not one that is in use, nor a banned one, or a liar would tell us of others
  /// until its own is forgotten.
  [[nodiscard]] static bool may_go(const Record& record) {
    return !record.busy && record.verdicts == 0 && record.banned_until == Time{};
  }

  [[nodiscard]] bool is_due(const Record& record, Time now) const {
    return !record.busy && record.verdicts == 0 && record.not_before <= now &&
           record.banned_until <= now && (!is_first_call(record) || may_call_first(now));
  }
  /// Of an address that a peer has told.
  [[nodiscard]] static bool is_first_call(const Record& record) {
    return record.told_by.has_value() && !record.called;
  }
  [[nodiscard]] bool may_call_first(Time now) const {
    return first_calls_ < kMostFirstCalls || now - first_calls_since_ >= std::chrono::seconds(1);
  }

  std::unordered_map<Endpoint, Record> peers_;
  struct Offence {
    Endpoint first;  // who has lied
    Endpoint last;
    Time until{};         // it is remembered
    Time banned_until{};  // the party is
  };
  std::unordered_map<Party, Offence> offences_;  // at most kCapacity
  int first_calls_ = 0;                          // within the second that began then
  Time first_calls_since_{};
  std::minstd_rand random_;
};

}  // namespace shoal::torrent
