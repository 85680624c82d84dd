#include "cli/seeder_session.hpp"

#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "cli/file_list.hpp"
#include "cli/terminal.hpp"
#include "storage/spelled.hpp"

namespace shoal::cli {
namespace {

constexpr std::string_view kQuestion = "File(s) to register, separated by commas: ";
constexpr const char* kInvitation = "More names can be typed at any time, separated by commas.";

bool exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(storage::as_on_disk(path), ignored);
}

}  // namespace

SeederSession::SeederSession(Runtime& runtime, SeederCommand command, Reporter& reporter)
    : runtime_(runtime),
      command_(std::move(command)),
      reporter_(reporter),
      offers_(command_.peer.trackers.size()),
      seeder_(runtime_, command_.peer, [this](const Event& event) { handle(event); }),
      living_line_(runtime_, reporter_,
                   [this](Time now) { return standing_.look(seeder_.totals(), now); }) {
  if (command_.web.listen)
    pages_.emplace(runtime_, "seeder", command_.web, bool{command_.peer.keys},
                   [this](SessionPages::Detail detail) {
                     return detail == SessionPages::Detail::all ? seeder_.status()
                                                                : seeder_.totals();
                   });
}

void SeederSession::start() {
  if (pages_) pages_->tell(reporter_);
  living_line_.start();
  for (const std::filesystem::path& file : command_.files) add(file);
  if (!takes_names()) {
    input_ended_ = true;
    return;
  }
  const bool ours = is_interactive(STDIN_FILENO);
  invite();
  const auto take = [this](Input input) {
    runtime_.post([this, input = std::move(input)] { take_input(input); });
  };
  reader_.emplace(STDIN_FILENO, take, ours);
}

// A script that names files has other uses for its standard input: a loop may read its list there.
bool SeederSession::takes_names() const {
  return command_.files.empty() || command_.names_from_input || is_terminal(STDIN_FILENO);
}

void SeederSession::invite() {
  if (!is_interactive(STDIN_FILENO)) return;
  if (!any_added_) return reporter_.ask(kQuestion);
  if (!std::exchange(invited_, true)) reporter_.report(event::Notice{kInvitation});
}

void SeederSession::take_input(const Input& input) {
  if (ending_) return;
  if (std::holds_alternative<input::End>(input)) {
    input_ended_ = true;
    return end_if_pointless();
  }
  if (std::holds_alternative<input::Foreground>(input)) return invite();
  reporter_.answered();
  if (const auto* line = std::get_if<input::Line>(&input)) {
    for (const std::filesystem::path& file : parse_file_list(line->text, exists)) add(file);
  } else {
    reporter_.complain("That line is too long; give the names on several lines.");
  }
  invite();
}

void SeederSession::add(const std::filesystem::path& file) {
  any_added_ = true;
  offers_.add(file);
  seeder_.add(file, command_.offer);
}

void SeederSession::handle(const Event& event) {
  reporter_.report(event);
  if (pages_) pages_->heard(event);
  offers_.take(event);
  if (offers_.none_left()) runtime_.post([this] { end_if_pointless(); });
}

// With nothing to offer and nobody to name more files it would run for ever for nothing.
void SeederSession::end_if_pointless() {
  if (ending_ || !input_ended_ || !offers_.none_left()) return;
  if (!any_added_)
    reporter_.complain("No file was named. Write it on the command line: seeder FILE");
  end(offers_.code());
}

void SeederSession::end(ExitCode code) {
  if (ending_) return;
  ending_ = true;
  code_ = code;
  seeder_.close([this] { runtime_.stop(); });
}

}  // namespace shoal::cli
