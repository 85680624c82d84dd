#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "hash/merkle.hpp"
#include "torrent/connection_key.hpp"

namespace shoal::torrent {

/// Which hashes are wanted, and who is asked for them (BEP 52). A request goes to one peer at a
/// time, and to another when no answer has come in three seconds. Peers that often let requests
/// pass are asked after all others, and what several have let pass is asked of everybody at once:
/// who never answers delays nobody for long, under however many names he comes. Pure.
class HashRequests {
 public:
  using Request = merkle::HashRequest;

  /// All that are wanted differ in their root or their index.
  void want(const Request& request) { wanted_.insert_or_assign(key_of(request), Wanted{request}); }
  [[nodiscard]] bool wants(const Request& request) const;
  [[nodiscard]] bool empty() const { return wanted_.empty(); }
  [[nodiscard]] std::size_t size() const { return wanted_.size(); }
  void forget(const Digest& root, std::uint32_t index) { wanted_.erase({root, index}); }

  /// The next request for this peer among those that `suits(request)`, marked as sent; nothing when
  /// it has enough to do or others are at it.
  template <class Suits>
  [[nodiscard]] std::optional<Request> next(ConnectionKey peer, Time now, Suits suits) {
    if (empty() || has_enough(peer, now)) return std::nullopt;
    for (auto& [index, wanted] : wanted_) {
      if (!may_ask(peer, wanted, now) || !suits(wanted.request)) continue;
      mark(peer, wanted, now);
      return wanted.request;
    }
    return std::nullopt;
  }

  /// The right answer came; the request is not wanted any more.
  void answered(ConnectionKey peer, const Request& request);
  /// An answer that is wrong: somebody else is asked at once.
  void answered_wrongly(ConnectionKey peer, const Request& request);
  /// The peer cannot answer now: it is left in peace for a few seconds (trap T2).
  void rejected(ConnectionKey peer, const Request& request, Time now);
  void gone(ConnectionKey peer);

 private:
  struct Wanted {
    Request request;
    std::optional<ConnectionKey> asked{};
    Time asked_at{};
    int missed = 0;  // by those who were asked
  };
  struct Peer {
    int missed = 0;  // requests that it let pass
    Time rests_until{};
    Time asked_at{};  // for anything, lately
  };

  using Key = std::pair<Digest, std::uint32_t>;
  [[nodiscard]] static Key key_of(const Request& request) { return {request.root, request.index}; }
  [[nodiscard]] bool has_enough(ConnectionKey peer, Time now) const;
  [[nodiscard]] bool may_ask(ConnectionKey peer, const Wanted& wanted, Time now) const;
  void mark(ConnectionKey peer, Wanted& wanted, Time now);

  std::map<Key, Wanted> wanted_;
  std::map<ConnectionKey, Peer> peers_;  // those of whom there is something to remember
};

}  // namespace shoal::torrent
