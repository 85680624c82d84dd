#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/party.hpp"

namespace shoal::session {

/// Who has connected and has not said yet what for. As many may greet at a time as may be
/// connected, each for ten seconds; and where the process has few descriptors left, there are to be
/// no more of both than there are then, until half of them have gone. Whoever has something to say
/// says it soon: so the one that has to leave for a newcomer is of the party that most of them are
/// of, and of those the one that has been here for longest. Pure; one thread.
class Greetings {
 public:
  static constexpr Duration kTime = std::chrono::seconds(10);
  static constexpr std::size_t kFewest = 200;  ///< may greet, however few may be connected

  enum class Key : std::uint64_t {};

  struct Bounds {
    std::size_t connections = 0;  ///< that may be made and accepted
    std::size_t descriptors = 0;  ///< that the process may have
    std::size_t spare = 0;        ///< of these, kept for what is no peer and no shared file
  };
  explicit Greetings(const Bounds& bounds) : bounds_(bounds) {}

  /// Somebody comes, over that descriptor (the system gives the lowest one that is free), while so
  /// many others have greeted and are connected. Who has to leave for it: it does not count here
  /// any more, and is to be closed.
  [[nodiscard]] std::optional<Key> make_room(std::size_t descriptor, std::size_t connected);
  /// How many may be connected, as things are: who has greeted takes no descriptor more, so it need
  /// not wait for a place of others.
  [[nodiscard]] std::size_t most_connected() const;

  Key enter(const Party& party, Time now);
  /// Its greeting is over, one way or the other. Once for each, those that had to leave too.
  void leave(Key key);
  /// Whose time is over: to be closed, and not counted any more.
  [[nodiscard]] std::vector<Key> overdue(Time now);
  /// When there will be somebody overdue.
  [[nodiscard]] std::optional<Time> next_deadline() const;
  /// How many greet.
  [[nodiscard]] std::size_t size() const { return greeting_; }

 private:
  struct Guest {
    Party party;
    Time since;
    bool leaves = false;  // it was told to, and has not left yet
  };

  void let_go(Guest& guest);

  Bounds bounds_;
  std::map<Key, Guest> guests_;  // the oldest in front
  std::unordered_map<Party, std::size_t> crowds_;
  std::size_t greeting_ = 0;
  std::uint64_t last_key_ = 0;
  std::optional<std::size_t> most_here_;  // since there were few descriptors left
};

}  // namespace shoal::session
