#pragma once

#include <string>
#include <string_view>

#include <shoal/events.hpp>
#include <shoal/leecher.hpp>
#include <shoal/tracker.hpp>

/// What --json prints: one object a line, always with "event". Pure functions; the result has no
/// line end, and is valid UTF-8 whatever the names are.
namespace shoal::cli {

[[nodiscard]] std::string to_json(const Event& event);
/// `file`: one line of the catalogue.
[[nodiscard]] std::string to_json(const CatalogueEntry& entry);
[[nodiscard]] std::string to_json(const FolderEntry& entry);
/// `web`: where the pages are.
[[nodiscard]] std::string web_to_json(std::string_view link, bool wants_token);
/// `statistics` of a tracker.
[[nodiscard]] std::string to_json(const TrackerStatistics& statistics);

}  // namespace shoal::cli
