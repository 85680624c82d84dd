#pragma once

#include <cstdint>
#include <unordered_map>

#include <shoal/endpoint.hpp>

#include "base/clock.hpp"
#include "fleet/others.hpp"

namespace shoal::fleet {

/// How a tracker that knows nothing, or has missed a part of the log, comes to know what the others
/// know: it asks one of them for everything. One that starts answers nobody until then, or it would
/// say that names are unknown.
class Filling {
 public:
  static constexpr Duration kWithoutLog = std::chrono::seconds(10);    ///< then it serves alone
  static constexpr Duration kAlone = std::chrono::milliseconds(2500);  ///< nobody is there
  static constexpr Duration kSilence = std::chrono::seconds(3);        ///< of who was asked
  static constexpr std::size_t kMostTouched = 1'000'000;               ///< hosts

  explicit Filling(Time begun) : begun_(begun) {}

  /// A part of the log was missed: the tracker goes on answering.
  void begin_again(Others& others, Time now);
  void link_up(Others& others, Time now);
  void link_down() { state_ = state_ == State::done ? State::done : State::waiting; }

  /// Whom to ask for everything; kNobody: nobody now. Call it now and then.
  [[nodiscard]] Origin ask(Others& others, Time now);
  /// Something came from who was asked.
  void hear(Time now) { since_ = now; }
  /// It was everything.
  void finish();

  [[nodiscard]] bool done() const { return state_ == State::done; }
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] bool awaits(Origin origin) const {
    return state_ == State::asking && origin == asked_;
  }

  /// The log told of that host there.
  void touch(const Endpoint& host, Position at);
  /// Whether what was told of that host as of then is behind the log.
  [[nodiscard]] bool is_behind(const Endpoint& host, Position as_of) const;
  /// Counts how often it began: who was not told of since is not there any more.
  [[nodiscard]] std::uint8_t era() const { return era_; }

 private:
  enum class State { waiting, looking, asking, done };

  State state_ = State::waiting;
  bool open_ = false;
  Time begun_;
  Time since_;  ///< of looking, or of the last sign of who was asked
  Origin asked_{};
  std::uint8_t era_ = 1;
  std::unordered_map<Endpoint, Position> touched_;
};

}  // namespace shoal::fleet
