#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <shoal/runtime.hpp>
#include <shoal/tracker.hpp>

#include "base/clock.hpp"
#include "cli/options.hpp"
#include "cli/pages.hpp"
#include "cli/timer.hpp"
#include "status/tracker_view.hpp"

namespace shoal::cli {

/// A tracker's pages, and what was so during the last hour. On the Runtime's thread.
class TrackerPages {
 public:
  /// All of them outlive this. Throws std::system_error when it cannot listen.
  TrackerPages(Runtime& runtime, const Tracker& tracker, const TrackerCommand& command);

  void tell(Reporter& reporter) const { pages_.tell(reporter); }

 private:
  using Files = std::shared_ptr<const std::vector<TrackedFile>>;

  void sample();
  [[nodiscard]] Pages::Show take(std::string_view path);
  [[nodiscard]] Files files();
  [[nodiscard]] std::chrono::milliseconds running() const;

  const Tracker& tracker_;
  status::TrackerView view_;  // what of it does not change, and the history
  RealTime started_ = RealClock::now();
  Files files_;  // while they are asked for
  RealTime files_at_;
  Timer timer_;
  Pages pages_;  // last: it ends first
};

}  // namespace shoal::cli
