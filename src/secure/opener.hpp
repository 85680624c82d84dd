#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <map>
#include <optional>

#include <shoal/keys.hpp>

#include "base/bytes.hpp"
#include "secure/aead.hpp"
#include "secure/replay_window.hpp"
#include "secure/sealed_datagram.hpp"

namespace shoal::secure {

/// Opens sealed datagrams of one direction, each once. It remembers a bounded number of sessions:
/// one is added only when a datagram of it has proven authentic, and the one that was silent for
/// longest makes room. Pure: no I/O, no clock. One thread.
class Opener {
 public:
  /// Where a datagram comes from.
  struct Sender {
    std::size_t key = 0;  ///< which of the ring
    SessionId session;

    auto operator<=>(const Sender&) const = default;
  };
  struct Opened {
    Sender sender;
    BytesView plain;  ///< valid until the next open()
  };

  /// `keys`: not null.
  Opener(Keys keys, Direction direction, std::size_t most_sessions);

  /// Nothing for what is no datagram of this direction, not authentic, bound to something else,
  /// too old, or here already; why makes no difference to anybody.
  [[nodiscard]] std::optional<Opened> open(BytesView sealed, BytesView bound);
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

 private:
  struct Session {
    Secret<Aead::kKey> key;
    ReplayWindow window;
    std::list<Sender>::iterator use;
  };

  [[nodiscard]] bool authentic(BytesView session_key, BytesView sealed, BytesView bound,
                               std::uint64_t counter);
  [[nodiscard]] std::optional<BytesView> content(std::size_t inside) const;
  void remember(const Sender& sender, Session session);

  Keys keys_;
  Direction direction_;
  std::size_t most_sessions_;
  std::map<Sender, Session> sessions_;
  std::list<Sender> uses_;  // the last one used is in front
  Aead aead_;
  std::array<std::byte, kMostSealed> plain_;
};

}  // namespace shoal::secure
