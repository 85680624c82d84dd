#pragma once

#include <functional>
#include <string_view>
#include <thread>

#include "cli/exit_code.hpp"
#include "net/wake_event.hpp"

namespace shoal::cli {

/// Before anything else in main, and before any thread: no descriptor 0, 1 or 2 is left closed for
/// a socket to take, a reader that went away (SIGPIPE) or a file that may grow no more (SIGXFSZ) is
/// no reason to die, as many files may be open as the system allows, and the signals that
/// StopSignals hears are held back for it.
void prepare_process();

/// Hears SIGINT and SIGTERM, and SIGHUP unless the program was started with nohup. The first one
/// calls `stop`, on a thread of its own; a second one ends the process at once with exit code 130.
/// With `reread`, SIGHUP calls that instead, however the program was started.
class StopSignals {
 public:
  /// Needs prepare_process().
  explicit StopSignals(std::function<void()> stop, std::function<void()> reread = {});
  ~StopSignals();
  StopSignals(StopSignals&&) = delete;

 private:
  void listen(int signals, const std::function<void()>& stop, const std::function<void()>& reread);

  net::WakeEvent ended_;
  std::jthread thread_;
};

/// A program's body: what it throws becomes a sentence on standard error and exit code 1.
[[nodiscard]] int run_program(std::string_view program, const std::function<ExitCode()>& body);

}  // namespace shoal::cli
