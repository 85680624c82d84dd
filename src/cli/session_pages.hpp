#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include <shoal/events.hpp>
#include <shoal/runtime.hpp>
#include <shoal/session_status.hpp>

#include "base/clock.hpp"
#include "cli/pages.hpp"
#include "cli/timer.hpp"
#include "status/session_view.hpp"

namespace shoal::cli {

/// The pages of a seeder or a leecher, with what was so during the last hour, and what was told. On
/// the Runtime's thread.
class SessionPages {
 public:
  /// How it stands, or the totals of that alone; not called after this has ended.
  enum class Detail : std::uint8_t { totals, all };
  using Look = std::function<SessionStatus(Detail)>;

  /// `program` is a literal. The runtime outlives this. Throws std::system_error when it cannot
  /// listen.
  SessionPages(Runtime& runtime, std::string_view program, const WebOptions& options, bool closed,
               Look look);

  void tell(Reporter& reporter) const { pages_.tell(reporter); }
  /// What people hear is on the page, too.
  void heard(const Event& event);

 private:
  void sample();
  [[nodiscard]] Pages::Show take();
  [[nodiscard]] std::chrono::milliseconds running() const;

  Look look_;
  status::SessionView view_;  // what of it does not change, the history and the log
  RealTime started_ = RealClock::now();
  Timer timer_;
  Pages pages_;  // last: it ends first
};

}  // namespace shoal::cli
