#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "cli/exit_code.hpp"
#include "net/wake_event.hpp"

namespace shoal::cli {

/// From now on, in this thread and all that it starts, the signals that StopSignals hears are held
/// back for it. Before any thread.
void hold_back_signals();

/// Sees to it that the program ends when it is told to. SIGINT, SIGTERM, and SIGHUP unless it was
/// started with nohup, are heard on a thread of its own, on which nothing else is done and nothing
/// is waited for. The first one asks the session to end, and the process is gone kEndingTime later
/// at the latest, whatever hangs: a disk, a name server, a reader of our output. The second one
/// ends it at once with 128 + its number, and so does the first one while there is no session yet.
class StopSignals {
 public:
  /// A second of it is for the trackers. What is beyond is a hang; people wait for two seconds.
  static constexpr std::chrono::milliseconds kEndingTime{1800};

  /// Needs hold_back_signals(). `program` is who speaks on standard error.
  explicit StopSignals(std::string_view program, std::chrono::milliseconds time = kEndingTime);
  ~StopSignals();
  StopSignals(StopSignals&&) = delete;

  /// A session, for as long as it lives. The end of that begins the process's kEndingTime, unless a
  /// signal has done so.
  class Running {
   public:
    /// The first signal calls `stop`; with `reread`, SIGHUP calls that instead, however the program
    /// was started. Both on the thread of the signals, where they must not wait for anything.
    Running(StopSignals& signals, std::function<void()> stop, std::function<void()> reread = {});
    ~Running();
    Running(Running&&) = delete;

    /// The exit code in case that the process does not come to its end by itself.
    void ends_with(ExitCode code);

   private:
    StopSignals& signals_;
  };

 private:
  using Clock = std::chrono::steady_clock;

  void listen(int signals);
  /// In milliseconds, as poll() takes it.
  [[nodiscard]] int time_left();
  void hear(int signal);
  void begin_ending();

  const std::string program_;
  const std::chrono::milliseconds time_;
  const bool hangup_ends_;

  std::mutex mutex_;  // for what follows, which the program's main thread sets
  std::function<void()> stop_;
  std::function<void()> reread_;
  bool rereads_ = false;  // SIGHUP means that, after the session, too
  bool begun_ = false;    // a session
  bool stopped_ = false;  // by a signal
  std::optional<ExitCode> code_;
  std::optional<Clock::time_point> deadline_;

  net::WakeEvent ending_;
  net::WakeEvent ended_;
  std::jthread thread_;
};

}  // namespace shoal::cli
