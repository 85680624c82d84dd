#pragma once

#include <functional>
#include <map>
#include <ostream>
#include <set>

#include "base/clock.hpp"
#include "cli/activity.hpp"
#include "cli/messages.hpp"
#include "cli/progress_line.hpp"
#include "cli/reporter.hpp"

namespace shoal::cli {

/// What a PeopleReporter knows of the place it writes to.
struct Screen {
  /// There is one live line at the bottom. Asked each time: a terminal may be another job's for a
  /// while.
  std::function<bool()> redraws;
  /// Escape sequences are understood there; asked each time too.
  std::function<bool()> colours_out;
  std::function<bool()> colours_err;
  std::function<std::size_t()> width;
  std::function<Time()> now;
};

/// Sentences for people, bad news on `err`. On a terminal the last line is alive: progress while
/// there is any, else the question that was asked, else how things stand. Elsewhere progress is a
/// plain line every 10 s or 10 %.
class PeopleReporter : public Reporter {
 public:
  /// The streams outlive the reporter. `verbose`: progress says what holds it back, too.
  PeopleReporter(std::ostream& out, std::ostream& err, Screen screen,
                 std::vector<std::string> trackers, bool verbose = false);
  ~PeopleReporter() override;

  void report(const Event& event) override;
  void catalogue(std::span<const CatalogueEntry> entries, bool names_only) override;
  void folder(std::span<const FolderEntry> entries, bool names_only) override;
  void tracker_listening(std::span<const Endpoint> addresses) override;
  void web_page(std::string_view link, bool wants_token) override;
  void statistics(const TrackerStatistics& statistics) override;
  void complain(std::string_view sentence) override;
  void standing(std::vector<std::string> facts) override;
  void ask(std::string_view question) override;
  void answered() override;

 private:
  void follow(const event::Hashing& e);
  void follow(const event::Progress& e);
  Activity& activity_of(const std::string& name);
  void show(const std::string& name);
  void forget_activity_of(const Event& event);

  void say(const Message& message);
  [[nodiscard]] std::string live_line() const;
  void draw();
  void erase();
  void begin_line();

  std::ostream& out_;
  std::ostream& err_;
  Screen screen_;
  std::vector<std::string> trackers_;
  bool verbose_;
  std::map<std::string, Activity> activities_;  // by name
  std::set<std::string> found_;                 // names
  std::string question_;
  std::vector<std::string> standing_;
  bool drawn_ = false;          // the live line
  bool asked_plainly_ = false;  // the question stands on a line that has not ended
  Time drawn_at_;
};

}  // namespace shoal::cli
