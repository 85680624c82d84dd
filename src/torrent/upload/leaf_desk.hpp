#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/party.hpp"
#include "hash/merkle.hpp"
#include "metainfo/geometry.hpp"
#include "torrent/connection_key.hpp"

namespace shoal::torrent {

/// The hashes below the piece layer that peers ask for, of all torrents of a process. A request of
/// 53 bytes has a whole piece read and hashed. So that is done for one piece at a time, for those
/// who ask by turns; each party has an allowance of it; and what was hashed last is kept, for
/// others who found the same piece wrong. Pure and bounded; one thread.
class LeafDesk {
 public:
  /// Bytes of pieces that are hashed for a party at once; beyond it so many a second. It may go
  /// below by one piece, however large.
  static constexpr std::int64_t kAllowance = 64ll << 20;
  static constexpr std::int64_t kEachSecond = 4ll << 20;
  static constexpr std::size_t kMostWaiting = 16;    ///< requests of a party
  static constexpr std::size_t kMostParties = 1000;  ///< whose spending is remembered
  /// Leaves kept, 64 bytes each with the nodes above them; those of the last piece in any case.
  static constexpr std::size_t kMostKept = 32768;

  /// A piece to read and hash.
  struct Job {
    SwarmKey swarm{};
    PieceIndex piece{};

    bool operator==(const Job&) const = default;
  };
  struct Asker {
    ConnectionKey peer{};
    merkle::HashRequest request;
  };

  /// The tree over the leaves of that piece; null when it is not kept. Good until done().
  [[nodiscard]] const merkle::LayerTree* find(const Job& piece) const;
  /// It has to be hashed, `bytes` long, for this peer. False when the party has asked for too much:
  /// nothing will come of it.
  [[nodiscard]] bool ask(const Job& piece, std::uint64_t bytes, const Asker& asker,
                         const Party& party, Time now);
  /// The connection has ended.
  void step_out(ConnectionKey peer);
  /// The torrent has; what is being hashed for it is of no use.
  void step_out(SwarmKey swarm);

  /// What to hash now; nothing before done() has told of the one before.
  [[nodiscard]] std::optional<Job> next();
  /// It has these leaves, proven; or they cannot be had. Returns who waits for them.
  [[nodiscard]] std::vector<Asker> done(const Job& piece, std::optional<merkle::LayerTree> leaves);

 private:
  struct Waiting {
    Job piece;
    Asker asker;
    Party party;
  };
  struct Account {
    std::int64_t left = kAllowance;  // bytes
    Time at{};                       // as of then
    std::uint64_t turn = 0;          // its last one
  };
  struct Kept {
    Job piece;
    merkle::LayerTree leaves;
  };

  [[nodiscard]] bool is_wanted(const Job& piece) const;
  Account& account_of(const Party& party, Time now);
  void forget_one(Time now);
  void keep(const Job& piece, merkle::LayerTree leaves);

  std::deque<Waiting> waiting_;
  std::optional<Job> hashed_;  // now
  std::unordered_map<Party, Account> accounts_;
  std::uint64_t turns_ = 0;
  std::deque<Kept> kept_;  // the last one in front
};

}  // namespace shoal::torrent
