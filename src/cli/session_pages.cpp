#include "cli/session_pages.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include "cli/messages.hpp"
#include "status/metrics_text.hpp"
#include "web/pages.hpp"

namespace shoal::cli {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);

web::Response show_session(const status::SessionView& view, const web::Request& request) {
  if (request.path == "/metrics") return {200, status::kMetricsType, status::session_metrics(view)};
  if (request.path == "/status.json") return {200, "application/json", status::session_json(view)};
  return web::framed("Shoal " + std::string(view.program), status::session_page(view));
}

}  // namespace

SessionPages::SessionPages(Runtime& runtime, std::string_view program, const WebOptions& options,
                           bool closed, Look look)
    : look_(std::move(look)),
      timer_(runtime),
      pages_(runtime, options, [this](std::string_view) { return take(); }) {
  view_.program = program;
  view_.since = std::chrono::system_clock::now();
  view_.closed = closed;
  sample();
}

std::chrono::milliseconds SessionPages::running() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(RealClock::now() - started_);
}

void SessionPages::sample() {
  const SessionStatus now = look_(Detail::totals);
  view_.history.add(running(), {now.totals.received, now.totals.sent, now.connections});
  timer_.after(kLookEvery, [this] { sample(); });
}

void SessionPages::heard(const Event& event) {
  // What was here already was not downloaded.
  if (const auto* complete = std::get_if<event::Complete>(&event);
      complete != nullptr && complete->fetched > 0)
    view_.downloads.add(complete->fetched, complete->took);
  const Message message = describe(event, {});
  if (message.text.empty()) return;
  // The lines below say what is to be copied from a terminal, such as links.
  const std::string line = message.text.substr(0, message.text.find('\n'));
  view_.log.push_front({std::chrono::system_clock::now(), line});
  if (view_.log.size() > status::kMostLogLines) view_.log.pop_back();
}

Pages::Show SessionPages::take() {
  status::SessionView view = view_;
  view.status = look_(Detail::all);
  view.running = running();
  return
      [view = std::move(view)](const web::Request& request) { return show_session(view, request); };
}

}  // namespace shoal::cli
