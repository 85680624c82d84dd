#pragma once

#include <optional>

#include <shoal/runtime.hpp>
#include <shoal/tracker.hpp>

#include "cli/living_line.hpp"
#include "cli/options.hpp"
#include "cli/reporter.hpp"
#include "cli/standing.hpp"
#include "cli/timer.hpp"
#include "cli/tracker_pages.hpp"

namespace shoal::cli {

/// One run of the tracker program. On the Runtime's thread.
class TrackerSession {
 public:
  /// The runtime and the reporter outlive the session. Throws std::system_error when it cannot
  /// listen.
  TrackerSession(Runtime& runtime, const TrackerCommand& command, Reporter& reporter);

  /// Before Runtime::run(), which returns when the session has ended.
  void start();
  /// A person wants it to end.
  void stop();
  [[nodiscard]] ExitCode code() const { return ExitCode::done; }

 private:
  void listen(const TrackerCommand& command);
  void tell_statistics_later();

  Runtime& runtime_;
  Reporter& reporter_;
  bool tells_statistics_;
  Keys keys_;
  std::optional<Tracker> tracker_;
  Timer statistics_timer_;
  TrackerStanding standing_;
  LivingLine living_line_;
  std::optional<TrackerPages> pages_;  // where they are asked for
};

}  // namespace shoal::cli
