#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/events.hpp>
#include <shoal/leecher.hpp>
#include <shoal/tracker.hpp>

namespace shoal::cli {

/// Tells what happens: to a person, or to a program (--json).
class Reporter {
 public:
  Reporter() = default;
  virtual ~Reporter() = default;
  Reporter(Reporter&&) = delete;

  virtual void report(const Event& event) = 0;
  /// `names_only`: what a script wants that reads no JSON.
  virtual void catalogue(std::span<const CatalogueEntry> entries, bool names_only) = 0;
  /// What is in a folder.
  virtual void folder(std::span<const FolderEntry> entries, bool names_only) = 0;
  virtual void tracker_listening(std::span<const Endpoint> addresses) = 0;
  /// Where the pages of --web are, and whether they ask for a token.
  virtual void web_page(std::string_view link, bool wants_token) = 0;
  virtual void statistics(const TrackerStatistics& statistics) = 0;
  /// A fault of usage that shows only while running; on standard error.
  virtual void complain(std::string_view sentence) = 0;

  /// How things stand, printable, what matters most first; for a line that lives at the bottom of a
  /// terminal while nothing else does. Nobody else is told.
  virtual void standing(std::vector<std::string>) {}

  /// Asks the person at the terminal; the question stays until answered().
  virtual void ask(std::string_view question) = 0;
  /// A line was typed, so the cursor is at the start of a fresh line.
  virtual void answered() = 0;
};

/// `verbose`: people hear more of each download. On the process's standard output and standard
/// error.
[[nodiscard]] std::unique_ptr<Reporter> make_reporter(bool json, std::vector<std::string> trackers,
                                                      bool verbose = false);

}  // namespace shoal::cli
