#include "cli/tracker_session.hpp"

#include <chrono>
#include <string>
#include <system_error>

#include "cli/messages.hpp"

namespace shoal::cli {
namespace {

constexpr auto kStatisticsEvery = std::chrono::minutes(1);
constexpr const char* kDefaultIpv6 = "[::]:6000";

}  // namespace

TrackerSession::TrackerSession(Runtime& runtime, const TrackerCommand& command, Reporter& reporter)
    : runtime_(runtime),
      reporter_(reporter),
      tells_statistics_(command.output.json),
      keys_(command.options.keys),
      statistics_timer_(runtime),
      living_line_(runtime, reporter,
                   [this](Time now) { return standing_.look(tracker_->statistics(), now); }) {
  listen(command);
  if (command.web.listen) pages_.emplace(runtime_, *tracker_, command);
}

// Both families by default; a system without IPv6 is no reason to stay away.
void TrackerSession::listen(const TrackerCommand& command) {
  std::string without_ipv6;
  if (command.default_listen) {
    TrackerOptions both = command.options;
    both.listen.push_back(*Endpoint::parse(kDefaultIpv6));
    try {
      tracker_.emplace(runtime_, std::move(both));
    } catch (const std::system_error& error) {
      without_ipv6 = error.what();
    }
  }
  if (!tracker_) tracker_.emplace(runtime_, command.options);
  if (!without_ipv6.empty()) reporter_.report(event::Notice{"Without IPv6: " + without_ipv6});
}

void TrackerSession::start() {
  reporter_.tracker_listening(tracker_->addresses());
  reporter_.report(event::Notice{access_note(keys_)});
  if (pages_) pages_->tell(reporter_);
  if (tells_statistics_) tell_statistics_later();
  living_line_.start();
}

void TrackerSession::stop() {
  reporter_.statistics(tracker_->statistics());
  runtime_.stop();
}

void TrackerSession::tell_statistics_later() {
  statistics_timer_.after(kStatisticsEvery, [this] {
    reporter_.statistics(tracker_->statistics());
    tell_statistics_later();
  });
}

}  // namespace shoal::cli
