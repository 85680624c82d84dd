#include "cli/leecher_session.hpp"

#include <unistd.h>
#include <utility>

#include "cli/file_list.hpp"
#include "cli/requests.hpp"
#include "cli/terminal.hpp"

namespace shoal::cli {
namespace {

constexpr std::string_view kQuestion = "File name: ";

/// What stands on the command line.
const std::string& asked_for(const std::string& target, const std::string& name) {
  return target.empty() ? name : target;
}

}  // namespace

LeecherSession::LeecherSession(Runtime& runtime, LeecherCommand command, Reporter& reporter)
    : runtime_(runtime), command_(std::move(command)), reporter_(reporter), seed_timer_(runtime) {
  leecher_.emplace(runtime_, command_.peer, [this](const Event& event) { handle(event); });
  if (!command_.web.listen) return;
  pages_.emplace(runtime_, "leecher", command_.web, bool{command_.peer.keys},
                 [this](SessionPages::Detail detail) {
                   const auto look = [&](const auto& one) {
                     return detail == SessionPages::Detail::all ? one.status() : one.totals();
                   };
                   return seeder_ ? look(*seeder_) : look(*leecher_);
                 });
}

void LeecherSession::start() {
  if (pages_) pages_->tell(reporter_);
  if (command_.list) return list();
  if (command_.names.empty()) return ask_for_name();
  fetch(command_.names);
}

void LeecherSession::stop() {
  if (ending_) return;
  if (seeder_) return end(outcomes_.code());
  const std::vector<std::string> unfinished = outcomes_.pending();
  for (const std::string& target : unfinished) handle(interrupted(target));
  end(ExitCode::interrupted);
}

void LeecherSession::set_limits(const RateLimits& limits) {
  if (seeder_) return seeder_->set_limits(limits);
  leecher_->set_limits(limits);
}

void LeecherSession::set_upload_slots(std::size_t slots) {
  if (seeder_) return seeder_->set_upload_slots(slots);
  leecher_->set_upload_slots(slots);
}

void LeecherSession::ask_for_name() {
  const bool ours = is_interactive(STDIN_FILENO);
  if (ours) reporter_.ask(kQuestion);
  const auto take = [this](Input input) {
    runtime_.post([this, input = std::move(input)] { take_input(input); });
  };
  reader_.emplace(STDIN_FILENO, take, ours);
}

void LeecherSession::take_input(const Input& input) {
  if (ending_ || !command_.names.empty()) return;
  if (std::holds_alternative<input::End>(input)) {
    reporter_.complain("No file name was given. Write it on the command line: leecher NAME");
    return end(ExitCode::usage);
  }
  if (std::holds_alternative<input::Foreground>(input)) return reporter_.ask(kQuestion);
  reporter_.answered();
  const auto* line = std::get_if<input::Line>(&input);
  const std::string_view name = line != nullptr ? trimmed(line->text) : std::string_view{};
  if (name.empty()) {
    if (line == nullptr) reporter_.complain("That line is too long for a file name.");
    if (is_interactive(STDIN_FILENO)) reporter_.ask(kQuestion);
    return;
  }
  command_.names.emplace_back(name);
  fetch(command_.names);
}

void LeecherSession::list() {
  const std::string prefix = command_.names.empty() ? "" : command_.names.front();
  if (prefix.contains('/')) return list_folder(requests_of(command_.names).front());
  leecher_->list(prefix, [this](const Result<std::vector<CatalogueEntry>>& entries) {
    if (ending_) return;
    if (entries) {
      reporter_.catalogue(*entries, command_.names_only);
    } else {
      reporter_.report(event::Failed{"", entries.error()});
    }
    const ExitCode code = entries ? ExitCode::done : exit_code(entries.error().code);
    runtime_.post([this, code] { end(code); });
  });
}

void LeecherSession::list_folder(const Request& request) {
  leecher_->list_folder(request.target, request.parts,
                        [this, request](const Result<std::vector<FolderEntry>>& entries) {
                          if (ending_) return;
                          if (entries) {
                            reporter_.folder(*entries, command_.names_only);
                          } else {
                            reporter_.report(event::Failed{request.target, entries.error()});
                          }
                          const ExitCode code =
                              entries ? ExitCode::done : exit_code(entries.error().code);
                          runtime_.post([this, code] { end(code); });
                        });
}

void LeecherSession::fetch(const std::vector<std::string>& names) {
  const std::vector<Request> requests = requests_of(names);
  std::vector<std::string> targets;
  for (const Request& one : requests) targets.push_back(one.target);
  outcomes_ = Outcomes(targets);
  for (const Request& one : requests) {
    FetchOptions options = command_.fetch;
    options.parts = one.parts;
    leecher_->fetch(one.target, std::move(options));
  }
}

void LeecherSession::remember(const Event& event) {
  if (const auto* e = std::get_if<event::Waiting>(&event))
    names_[asked_for(e->target, e->name)] = e->name;
  if (const auto* e = std::get_if<event::Found>(&event))
    names_[asked_for(e->target, e->file.name)] = e->file.name;
  if (const auto* e = std::get_if<event::Progress>(&event)) peers_[e->name] = e->known;
}

event::Failed LeecherSession::interrupted(const std::string& target) const {
  event::Failed failed{.name = target,
                       .reason = {Errc::cancelled,
                                  "interrupted; what has arrived is kept, and the same command "
                                  "goes on from there"}};
  const auto name = names_.find(target);
  if (name != names_.end() && name->second != target) {
    failed.name = name->second;
    failed.target = target;
  }
  if (const auto peers = peers_.find(failed.name); peers != peers_.end())
    failed.peers = peers->second;
  return failed;
}

void LeecherSession::handle(const Event& event) {
  const auto* failed = std::get_if<event::Failed>(&event);
  const bool was_stopped = failed != nullptr && failed->reason.code == Errc::cancelled;
  if (ending_ && was_stopped) return;  // said already
  if (command_.list && std::holds_alternative<event::Listening>(event)) return;
  remember(event);
  reporter_.report(event);
  if (pages_) pages_->heard(event);

  const std::size_t before = outcomes_.pending().size();
  if (const auto* complete = std::get_if<event::Complete>(&event))
    outcomes_.complete(asked_for(complete->target, complete->file.name));
  if (failed != nullptr)
    outcomes_.failed(asked_for(failed->target, failed->name), failed->reason.code);
  const bool last_ended = before > 0 && outcomes_.pending().empty();
  // Later, because the leecher cannot be taken apart in the middle of its own event.
  if (last_ended) runtime_.post([this] { all_ended(); });
}

void LeecherSession::all_ended() {
  if (ending_) return;
  if (!outcomes_.any_complete() || !command_.seed) return end(outcomes_.code());
  // Before it is told that we share.
  if (command_.seed_for) seed_timer_.after(*command_.seed_for, [this] { end(outcomes_.code()); });
  seeder_.emplace(std::move(*leecher_));
  leecher_.reset();
  living_line_.emplace(runtime_, reporter_,
                       [this](Time now) { return standing_.look(seeder_->totals(), now); });
  living_line_->start();
}

void LeecherSession::end(ExitCode code) {
  if (ending_) return;
  ending_ = true;
  code_ = code;
  const auto stop_running = [this] { runtime_.stop(); };
  if (seeder_) return seeder_->close(stop_running);
  leecher_->close(stop_running);
}

}  // namespace shoal::cli
