#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <utility>

#include "fleet/replica.hpp"

/// The ordered log of a fleet in memory, on virtual time: it can be away, emptied and trimmed; and
/// a tracker's link to it, which can be cut, delayed, and can double what it writes.
namespace shoal::fleet {

class FakeLog {
 public:
  struct Entry {
    Position at;
    Bytes bytes;
    Time written;
  };

  void append(const Bytes& bytes, Time now) {
    // As Redis's ids: its clock, so a new log goes on behind the old one.
    entries_.push_back(
        {{static_cast<std::uint64_t>(now.time_since_epoch().count()), ++appended_}, bytes, now});
  }
  /// It begins anew: nothing that was in it comes back.
  void empty() { trim(Time::max()), ++run_; }
  /// Only what is younger stays.
  void trim(Time before) {
    while (!entries_.empty() && entries_.front().written < before) {
      entries_.pop_front();
      ++first_;
    }
  }

  [[nodiscard]] std::uint64_t first() const { return first_; }
  [[nodiscard]] std::uint64_t end() const { return first_ + entries_.size(); }
  [[nodiscard]] const Entry& operator[](std::uint64_t index) const {
    return entries_[index - first_];
  }
  [[nodiscard]] std::uint64_t run() const { return run_; }

  bool away = false;

 private:
  std::deque<Entry> entries_;
  std::uint64_t first_ = 0;  ///< index of the first that is still there
  std::uint64_t appended_ = 0;
  std::uint64_t run_ = 0;
};

class FakeFeed {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(1);  ///< without an answer

  /// It reads what comes from now on.
  explicit FakeFeed(FakeLog& log) : log_(log), next_(log.end()), run_(log.run()) {}

  void step(Replica& replica, Time now) {
    if (cut || log_.away) {
      if (up_ && now - answered_ >= kPatience) {
        up_ = false;
        replica.link_down(now);
      }
    } else {
      answered_ = now;
      if (!up_) link_up(replica, now);
      write(replica, now);
      read(replica, now);
    }
    replica.due(now);
  }

  bool cut = false;
  bool doubles = false;  ///< each batch is written twice
  Duration write_delay{};
  Duration read_delay{};

 private:
  void link_up(Replica& replica, Time now) {
    up_ = true;
    if (run_ != log_.run()) {
      next_ = std::max(next_, log_.first());  // a new log is read from its beginning
      run_ = log_.run();
    }
    const bool gap = next_ < log_.first();
    next_ = std::max(next_, log_.first());
    replica.link_up(gap, now);
  }
  void write(Replica& replica, Time now) {
    Bytes batch;
    while (writing_.size() < 64 && replica.take_batch(batch, now))
      writing_.emplace_back(now, std::exchange(batch, {}));
    for (; !writing_.empty() && writing_.front().first + write_delay <= now; writing_.pop_front())
      for (int times = doubles ? 2 : 1; times > 0; --times)
        log_.append(writing_.front().second, now);
  }
  void read(Replica& replica, Time now) {
    if (run_ != log_.run()) link_up(replica, now);
    if (next_ < log_.first()) link_up(replica, now);
    for (; next_ < log_.end() && log_[next_].written + read_delay <= now; ++next_)
      replica.apply({log_[next_].at, log_[next_].bytes, now - log_[next_].written}, now);
  }

  FakeLog& log_;
  std::uint64_t next_;
  std::uint64_t run_;
  bool up_ = false;
  Time answered_{};
  std::deque<std::pair<Time, Bytes>> writing_;
};

}  // namespace shoal::fleet
