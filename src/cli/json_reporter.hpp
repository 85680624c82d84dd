#pragma once

#include <ostream>

#include "cli/reporter.hpp"

namespace shoal::cli {

/// One JSON object a line on `out`, flushed, and nothing else there. Questions and complaints go to
/// `err`.
class JsonReporter : public Reporter {
 public:
  /// The streams outlive the reporter.
  JsonReporter(std::ostream& out, std::ostream& err) : out_(out), err_(err) {}

  void report(const Event& event) override;
  void catalogue(std::span<const CatalogueEntry> entries, bool names_only) override;
  void folder(std::span<const FolderEntry> entries, bool names_only) override;
  void tracker_listening(std::span<const Endpoint> addresses) override;
  void web_page(std::string_view link, bool wants_token) override;
  void statistics(const TrackerStatistics& statistics) override;
  void complain(std::string_view sentence) override;
  void ask(std::string_view question) override;
  void answered() override {}

 private:
  std::ostream& out_;
  std::ostream& err_;
};

}  // namespace shoal::cli
