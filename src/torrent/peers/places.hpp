#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/party.hpp"
#include "metainfo/geometry.hpp"
#include "torrent/connection_key.hpp"

namespace shoal::torrent {

/// How many bytes of blocks have passed lately, either way: in the last ten seconds, and in up to
/// ten more. Pure.
class Use {
 public:
  static constexpr Duration kWindow = std::chrono::seconds(10);

  void moved(std::uint64_t bytes, Time now) {
    if (now - since_ >= kWindow) {
      before_ = now - since_ < 2 * kWindow ? bytes_ : 0;
      bytes_ = 0;
      since_ = now;
    }
    bytes_ += bytes;
  }
  [[nodiscard]] std::uint64_t lately(Time now) const {
    if (now - since_ >= 2 * kWindow) return 0;
    return now - since_ < kWindow ? before_ + bytes_ : bytes_;
  }

 private:
  std::uint64_t before_ = 0;
  std::uint64_t bytes_ = 0;
  Time since_{};
};

/// What one connection takes of what a process has.
struct Place {
  ConnectionKey key{};
  SwarmKey swarm{};
  Party party;
  bool accepted = false;  ///< it came to us
  Time since{};
  Use use{};
  std::size_t being_written = 0;  ///< bytes of blocks
  bool held_back = false;         ///< by our own limits: it is not idle for that
  bool leaving = false;           ///< its socket is being closed, or soon will be
};

/// The places for connections of a process: made, accepted and being made. Who comes to us gets one
/// while there are any; a party nine tenths of them at most. When all are taken,
///
/// - an idle one makes room for anybody: one that has had ten seconds and moved less than a block
///   lately, and does not wait for a limit of ours. It is one of the party, then of the network,
///   with the most of those.
/// - where none is idle, the party, then the network, with the most places gives its least useful
///   one to a newcomer that has fewer, by more than one: or two would go on taking one from each
///   other.
///
/// Pure and bounded by itself; one thread.
class Places {
 public:
  static constexpr Duration kTrial = std::chrono::seconds(10);  ///< nobody is idle before
  static constexpr std::uint64_t kLeastUse = kBlockLength;      ///< of one that is not idle

  /// At least one.
  explicit Places(std::size_t most) { set_most(most); }

  [[nodiscard]] std::size_t most() const { return most_; }
  /// From now on; who has one keeps it, for others' sake as above.
  void set_most(std::size_t most) { most_ = std::max<std::size_t>(most, 1); }
  [[nodiscard]] std::size_t taken() const { return places_.size(); }
  /// Of those that came to us.
  [[nodiscard]] std::size_t most_of_a_party() const;
  /// Somebody of that party may come, and nobody has to leave for it.
  [[nodiscard]] bool has_room_for(const Party& newcomer) const;
  /// Who has to leave for it, where there is no room; null: nobody, so it cannot come.
  [[nodiscard]] Place* whom_to_leave(const Party& newcomer, Time now);

  /// Stays where it is until leave().
  Place& enter(const Place& place);
  void leave(const Place& place);

 private:
  [[nodiscard]] bool has_all_it_may(const Party& party) const;

  std::size_t most_ = 1;
  std::map<ConnectionKey, Place> places_;
  std::unordered_map<Party, std::size_t> accepted_;  // how many of each
};

}  // namespace shoal::torrent
