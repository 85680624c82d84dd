#include "cli/json_reporter.hpp"

#include "cli/json_events.hpp"

namespace shoal::cli {

void JsonReporter::report(const Event& event) {
  out_ << to_json(event) << std::endl;
}

void JsonReporter::catalogue(std::span<const CatalogueEntry> entries, bool /*names_only*/) {
  for (const CatalogueEntry& entry : entries) out_ << to_json(entry) << '\n';
  out_.flush();
}

void JsonReporter::folder(std::span<const FolderEntry> entries, bool /*names_only*/) {
  for (const FolderEntry& entry : entries) out_ << to_json(entry) << '\n';
  out_.flush();
}

void JsonReporter::tracker_listening(std::span<const Endpoint> addresses) {
  for (const Endpoint& address : addresses) report(event::Listening{address});
}

void JsonReporter::web_page(std::string_view link, bool wants_token) {
  out_ << web_to_json(link, wants_token) << std::endl;
}

void JsonReporter::statistics(const TrackerStatistics& statistics) {
  out_ << to_json(statistics) << std::endl;
}

void JsonReporter::complain(std::string_view sentence) {
  err_ << sentence << std::endl;
}

void JsonReporter::ask(std::string_view question) {
  err_ << question << std::flush;
}

}  // namespace shoal::cli
