#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <variant>

#include <shoal/digest.hpp>
#include <shoal/file_info.hpp>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"

namespace shoal::discovery {

/// What to send when to one tracker, so that it knows our files. Pure: sends nothing, reads no
/// clock.
///
/// The owner takes next() until there is nothing, carries out the steps, tells each one's end by
/// exactly one of registered(), refused(), put_off(), withdrawn(), heartbeat_answered(), silent(),
/// and looks again then, after offer() and withdraw(), and at next_deadline(). A heartbeat goes
/// alone, so that both sides mean the same set of files.
class AnnouncePlan {
 public:
  static constexpr std::size_t kMostAtOnce = 64;  ///< steps under way
  static constexpr Duration kShortestInterval = std::chrono::milliseconds(100);
  static constexpr Duration kLongestInterval = std::chrono::hours(1);

  struct Register {
    FileInfo file;
    InfoHash hash;
    bool complete = false;
    std::uint64_t version = 0;
  };
  struct Withdraw {
    InfoHash hash;
    std::uint64_t version = 0;
  };
  struct Heartbeat {
    datagram::FileSet files;
  };
  using Step = std::variant<Register, Withdraw, Heartbeat>;

  /// `probe`: how often a tracker that is down is tried.
  explicit AnnouncePlan(Duration probe) : probe_(probe) {}

  /// New, or complete now, or refused before: there is something to send.
  void offer(const FileInfo& file, const InfoHash& hash, bool complete);
  void withdraw(const InfoHash& hash);

  [[nodiscard]] std::optional<Step> next(Time now);
  /// Once next() has nothing: when to look again if nothing happens before.
  [[nodiscard]] Time next_deadline() const;

  /// True if that is still what we want, so worth telling.
  bool registered(const Register& step, const datagram::Timing& timing, Time now);
  bool refused(const Register& step);
  /// The tracker has no room now, or somebody else has our place there. All such files wait; one of
  /// them is tried at each interval, and when it is taken all others are.
  bool put_off(const Register& step, Time now);
  void withdrawn(const Withdraw& step);
  /// `known` = false: everything is registered again, also what was refused.
  void heartbeat_answered(bool known, const datagram::Timing& timing, Time now);
  /// No answer: the tracker is down until it answers anything. One step at a time tries it.
  void silent(const Step& step, Time now);
  /// We were stopped for a while, or are at another address: what the tracker knows of us may be
  /// wrong. A heartbeat asks at once, and a tracker that is down is tried.
  void tell_again(Time now);

  /// What has come of a file there; `none`: it is none of ours, or was refused.
  enum class Outcome : std::uint8_t { pending, registered, none };
  [[nodiscard]] Outcome outcome(const InfoHash& hash) const;
  [[nodiscard]] bool empty() const { return files_.empty(); }
  [[nodiscard]] bool down() const { return down_; }
  /// Something was put off, and not everything has been taken since.
  [[nodiscard]] bool waits_for_room() const { return waits_for_room_; }

 private:
  enum class Phase { due, asking, settled, waiting };

  struct File {
    FileInfo info;
    bool complete = false;
    bool wanted = true;  ///< false: to be withdrawn, then forgotten
    bool known = false;  ///< the tracker has it
    bool refused = false;
    Phase phase = Phase::settled;
    std::uint64_t version = 0;  ///< of what we want; a step that carries an older one is stale
  };
  using Files = std::map<InfoHash, File>;

  void make_due(const InfoHash& hash, File& file);
  /// The first of a queue that is still in that phase, out of it.
  [[nodiscard]] std::optional<InfoHash> take(std::deque<InfoHash>& queue, Phase phase);
  void try_all_waiting();
  void set_known(const InfoHash& hash, File& file, bool known);
  void set_timing(const datagram::Timing& timing, Time now);
  /// The step that asked for this file has ended: true if it asked for what we want.
  bool settle(Files::iterator file, std::uint64_t version);
  void ended();
  [[nodiscard]] Step step_for(const InfoHash& hash, File& file);

  Duration probe_;
  Duration interval_ = std::chrono::seconds(30);
  Files files_;
  std::deque<InfoHash> due_;      ///< in order; may hold some that are not due any more
  std::deque<InfoHash> waiting_;  ///< for room, in the same way
  Time try_room_at_{};
  bool waits_for_room_ = false;
  datagram::FileSet known_;
  Time heartbeat_at_ = Time::max();
  Time probe_at_{};
  std::size_t under_way_ = 0;
  bool heartbeat_under_way_ = false;
  bool beat_again_ = false;  ///< its answer may be an old one
  bool down_ = false;
  std::uint64_t versions_ = 0;
};

}  // namespace shoal::discovery
