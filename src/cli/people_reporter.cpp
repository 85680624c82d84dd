#include "cli/people_reporter.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/columns.hpp"
#include "cli/standing.hpp"
#include "session/peer_words.hpp"
#include "status/held_words.hpp"

namespace shoal::cli {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds(50);

constexpr std::string_view kEraseLine = "\r\x1b[K";

std::string_view colour_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "\x1b[32m";
    case Tone::bad:
      return "\x1b[31m";
    case Tone::plain:
      break;
  }
  return {};
}

// The first line carries the colour, what follows is detail.
std::string coloured(const Message& message) {
  const std::string_view colour = colour_of(message.tone);
  if (colour.empty()) return message.text;
  const std::size_t end = std::min(message.text.find('\n'), message.text.size());
  return std::string(colour) + message.text.substr(0, end) + "\x1b[0m" + message.text.substr(end);
}

}  // namespace

PeopleReporter::PeopleReporter(std::ostream& out, std::ostream& err, Screen screen,
                               std::vector<std::string> trackers, bool verbose)
    : out_(out),
      err_(err),
      screen_(std::move(screen)),
      trackers_(std::move(trackers)),
      verbose_(verbose) {}

PeopleReporter::~PeopleReporter() {
  erase();
}

void PeopleReporter::report(const Event& event) {
  if (const auto* hashing = std::get_if<event::Hashing>(&event)) return follow(*hashing);
  if (const auto* progress = std::get_if<event::Progress>(&event)) return follow(*progress);
  forget_activity_of(event);
  if (const auto* found = std::get_if<event::Found>(&event)) found_.insert(found->file.name);
  const auto* failed = std::get_if<event::Failed>(&event);
  say(describe(
      event, {.trackers = trackers_, .found = failed != nullptr && found_.contains(failed->name)}));
}

void PeopleReporter::catalogue(std::span<const CatalogueEntry> entries, bool names_only) {
  if (!names_only) return say({Tone::plain, catalogue_table(entries)});
  const std::string names = catalogue_names(entries);
  if (!names.empty()) say({Tone::plain, names});
}

void PeopleReporter::folder(std::span<const FolderEntry> entries, bool names_only) {
  say({Tone::plain, names_only ? folder_paths(entries) : folder_table(entries)});
}

void PeopleReporter::tracker_listening(std::span<const Endpoint> addresses) {
  say({Tone::plain, tracker_banner(addresses)});
}

void PeopleReporter::web_page(std::string_view link, bool wants_token) {
  say({Tone::plain, describe_web_page(link, wants_token)});
}

void PeopleReporter::statistics(const TrackerStatistics& statistics) {
  say({Tone::plain, describe(statistics)});
}

void PeopleReporter::complain(std::string_view sentence) {
  say({Tone::bad, std::string(sentence)});
}

// What a person is typing there is not seen any more when the line is drawn again, so only news
// are.
void PeopleReporter::standing(std::vector<std::string> facts) {
  if (facts == standing_) return;
  standing_ = std::move(facts);
  if (!activities_.empty() || !question_.empty()) return;
  if (standing_.empty()) return erase();
  draw();
}

void PeopleReporter::ask(std::string_view question) {
  question_ = question;
  if (screen_.redraws()) return draw();
  begin_line();
  out_ << question_ << std::flush;
  asked_plainly_ = true;
}

void PeopleReporter::answered() {
  question_.clear();
  drawn_ = false;
  asked_plainly_ = false;
}

void PeopleReporter::follow(const event::Hashing& e) {
  activity_of(e.name).hashing(
      {.label = "Hashing " + printable(std::filesystem::path(e.name).filename().string()),
       .bytes = e.bytes,
       .length = e.length,
       .rate = 0,
       .peers = std::nullopt,
       .files = e.files,
       .of_files = e.of_files},
      screen_.now());
  show(e.name);
}

void PeopleReporter::follow(const event::Progress& e) {
  activity_of(e.name).fetching({.label = printable(e.name),
                                .bytes = e.bytes,
                                .length = e.length,
                                .rate = e.rate,
                                .peers = e.peers,
                                .files = e.files,
                                .of_files = e.of_files,
                                .held = verbose_ ? status::held_in_words(e.held_by, 1) : "",
                                .alone = e.peers == 0 ? std::optional(e.known) : std::nullopt});
  show(e.name);
}

Activity& PeopleReporter::activity_of(const std::string& name) {
  return activities_.try_emplace(name, screen_.now()).first->second;
}

void PeopleReporter::show(const std::string& name) {
  Activity& activity = activities_.at(name);
  const Time now = screen_.now();
  if (screen_.redraws()) {
    activity.drawn(now);
    if (!drawn_ || now - drawn_at_ >= kRedrawEvery) draw();
  } else if (activity.tells_plainly(now)) {
    begin_line();
    out_ << plain_progress(activity.view()) << std::endl;
  }
  activity.forget_ended();
  if (activity.over()) activities_.erase(name);
}

void PeopleReporter::forget_activity_of(const Event& event) {
  if (const auto* e = std::get_if<event::Registered>(&event)) activities_.erase(e->file.name);
  if (const auto* e = std::get_if<event::Seeding>(&event)) activities_.erase(e->file.name);
  if (const auto* e = std::get_if<event::Complete>(&event)) activities_.erase(e->file.name);
  if (const auto* e = std::get_if<event::Refused>(&event)) {
    activities_.erase(e->name);
    const std::filesystem::path path = e->name;
    activities_.erase((path.has_filename() ? path : path.parent_path()).filename().string());
  }
  if (const auto* e = std::get_if<event::Failed>(&event)) activities_.erase(e->name);
}

void PeopleReporter::say(const Message& message) {
  if (message.text.empty()) return;
  erase();
  begin_line();
  const bool bad = message.tone == Tone::bad;
  const bool colour = bad ? screen_.colours_err() : screen_.colours_out();
  (bad ? err_ : out_) << (colour ? coloured(message) : message.text) << std::endl;
  draw();
}

std::string PeopleReporter::live_line() const {
  if (activities_.empty() && question_.empty()) return standing_line(standing_, screen_.width());
  if (activities_.empty()) return shortened(question_, std::max(screen_.width(), 1uz) - 1);
  if (activities_.size() == 1)
    return progress_line(activities_.begin()->second.view(), screen_.width());
  ProgressView sum{.label = counted(activities_.size(), "file"),
                   .bytes = 0,
                   .length = 0,
                   .rate = 0,
                   .peers = std::nullopt};
  for (const auto& [name, activity] : activities_) {
    const ProgressView view = activity.view();
    sum.bytes += view.bytes;
    sum.length += view.length;
    sum.rate += view.rate;
    if (view.peers) sum.peers = sum.peers.value_or(0) + *view.peers;
    if (view.alone) sum.alone = sum_of(sum.alone.value_or(KnownPeers{}), *view.alone);
  }
  if (sum.peers != 0uz) sum.alone.reset();
  return progress_line(sum, screen_.width());
}

void PeopleReporter::draw() {
  if (!screen_.redraws()) return;
  const std::string line = live_line();
  if (line.empty()) return;
  out_ << kEraseLine << line << std::flush;
  drawn_ = true;
  drawn_at_ = screen_.now();
}

void PeopleReporter::erase() {
  if (!std::exchange(drawn_, false)) return;
  // In the background the shell has written below it since.
  if (screen_.redraws()) out_ << kEraseLine << std::flush;
}

void PeopleReporter::begin_line() {
  if (std::exchange(asked_plainly_, false)) out_ << '\n';
}

}  // namespace shoal::cli
