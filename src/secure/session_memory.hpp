#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>

#include "base/bytes.hpp"
#include "secure/aead.hpp"
#include "secure/replay_window.hpp"
#include "secure/sealed_datagram.hpp"
#include "secure/secret.hpp"

namespace shoal::secure {

/// Where a sealed datagram comes from.
struct Sender {
  std::size_t key = 0;  ///< which of the ring
  SessionId session;

  auto operator<=>(const Sender&) const = default;
};

/// A bounded number of sessions that have proven authentic, with their keys and what has come of
/// them; the one that was silent for longest makes room. Shared by all threads that open datagrams
/// of one direction: none is heard by two of them. Nothing that takes long is done under its lock.
class SessionMemory {
 public:
  explicit SessionMemory(std::size_t most) : most_(most) {}

  enum class Seen : std::uint8_t {
    not_yet,  ///< no datagram of that session, or it is forgotten
    session,  ///< its key is in `key`, and that counter is new
    datagram  ///< it came before, or is too old to tell
  };
  [[nodiscard]] Seen look(const Sender& sender, std::uint64_t counter, Secret<Aead::kKey>& key);
  /// That datagram has proven authentic under that key. False: it came meanwhile.
  [[nodiscard]] bool accept(const Sender& sender, std::uint64_t counter,
                            const Secret<Aead::kKey>& key);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Session {
    Secret<Aead::kKey> key;
    ReplayWindow window;
    std::list<Sender>::iterator use;
  };

  bool begin(const Sender& sender, std::uint64_t counter, const Secret<Aead::kKey>& key);

  mutable std::mutex mutex_;  // guards all that follows
  std::size_t most_;
  std::map<Sender, Session> sessions_;
  std::list<Sender> uses_;  // the last one used is in front
};

}  // namespace shoal::secure
