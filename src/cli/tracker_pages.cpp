#include "cli/tracker_pages.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "status/metrics_text.hpp"
#include "web/pages.hpp"

namespace shoal::cli {
namespace {

constexpr auto kSampleEvery = std::chrono::seconds(1);
// A million names take a moment to copy, and many may be looking.
constexpr auto kFilesAreGoodFor = std::chrono::seconds(2);
constexpr auto kFilesAreKeptFor = std::chrono::seconds(10);

/// The answer for one request, of values that are its own.
web::Response show_tracker(status::TrackerView view, const std::vector<TrackedFile>* files,
                           const web::Request& request) {
  if (request.path == "/metrics") return {200, status::kMetricsType, status::tracker_metrics(view)};
  if (files != nullptr)
    view.offered = status::offered_page(
        *files, status::parse_offered_query(request.value("q"), request.value("sort"),
                                            request.value("order"), request.value("page")));
  if (request.path == "/status.json") return {200, "application/json", status::tracker_json(view)};
  return web::framed("Shoal tracker", status::tracker_page(view));
}

status::TrackerView unchanging(const Tracker& tracker, const TrackerCommand& command) {
  status::TrackerView view;
  view.listens = tracker.addresses();
  view.since = std::chrono::system_clock::now();
  view.closed = bool{command.options.keys};
  view.open = command.options.open;
  view.heartbeat = command.options.heartbeat;
  view.timeout = command.options.timeout;
  return view;
}

}  // namespace

TrackerPages::TrackerPages(Runtime& runtime, const Tracker& tracker, const TrackerCommand& command)
    : tracker_(tracker),
      view_(unchanging(tracker, command)),
      timer_(runtime),
      pages_(runtime, command.web, [this](std::string_view path) { return take(path); }) {
  sample();
}

std::chrono::milliseconds TrackerPages::running() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(RealClock::now() - started_);
}

void TrackerPages::sample() {
  view_.history.add(running(), status::history_values(tracker_.status()));
  if (files_ && RealClock::now() - files_at_ > kFilesAreKeptFor) files_.reset();
  timer_.after(kSampleEvery, [this] { sample(); });
}

TrackerPages::Files TrackerPages::files() {
  const RealTime now = RealClock::now();
  if (files_ && now - files_at_ < kFilesAreGoodFor) return files_;
  auto all = std::make_shared<std::vector<TrackedFile>>();
  std::optional<std::size_t> at = 0;
  while (at) at = tracker_.list(*at, *all);
  files_ = std::move(all);
  files_at_ = now;
  return files_;
}

Pages::Show TrackerPages::take(std::string_view path) {
  status::TrackerView view = view_;
  view.status = tracker_.status();
  view.running = running();
  return [view = std::move(view), files = path == "/metrics" ? Files{} : files()](
             const web::Request& request) { return show_tracker(view, files.get(), request); };
}

}  // namespace shoal::cli
