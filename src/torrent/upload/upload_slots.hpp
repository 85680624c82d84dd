#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/clock.hpp"
#include "torrent/connection_key.hpp"

namespace shoal::torrent {

/// Whom we serve where only so many may be served at a time; the others are choked. One for all
/// swarms of a process. Who waits gets a slot as soon as one is free, and one whose turn is over
/// gives it up to who has waited longest: so nobody starves. Those who have never asked for a block
/// have short turns, one of them at a time while others wait: a silent crowd takes little from
/// those who are served. Without a limit everybody is served, and who wants to be is remembered in
/// case one is set. Pure.
class UploadSlots {
 public:
  /// 0 = no limit.
  explicit UploadSlots(std::size_t most = 0) : most_(most) {}
  [[nodiscard]] bool limited() const { return most_ != 0; }
  [[nodiscard]] std::size_t most() const { return most_; }
  /// From now on. Who was served for longest gives its slot up first.
  void set_most(std::size_t most, Time now);

  /// Nothing happens when it wants one already.
  void wants(ConnectionKey who, Time now);
  /// It asks for a block, whether it has a slot or not.
  void asks(ConnectionKey who);
  /// It wants none any more, or is gone.
  void leaves(ConnectionKey who, Time now);
  /// Whose turn is over makes room for who waits. Called a few times a second.
  void rotate(Time now);
  [[nodiscard]] bool holds(ConnectionKey who) const;

 private:
  enum class Standing : std::uint8_t { asks, fresh, silent };  // has asked; had no turn; had one
  struct Client {
    ConnectionKey who;
    Standing standing = Standing::fresh;
    Time since{};  // it holds a slot
  };
  using Clients = std::deque<Client>;

  [[nodiscard]] bool has_slot(ConnectionKey who) const;
  [[nodiscard]] bool any_free() const { return !limited() || holders_.size() < most_; }
  void fill(Time now);
  [[nodiscard]] bool makes_room(const Client& holder, Time now) const;
  [[nodiscard]] bool on_trial() const;
  [[nodiscard]] bool waits(bool asking) const;
  Client take_next();
  Clients::iterator next_newcomer();

  std::size_t most_;
  Clients holders_;
  Clients waiting_;          // the longest first
  bool last_asked_ = false;  // who had a slot before; where both kinds wait, the other has the next
  bool newest_next_ = false;  // of those who had no turn
};

}  // namespace shoal::torrent
