#pragma once

#include <span>
#include <string>
#include <vector>

#include <shoal/events.hpp>
#include <shoal/keys.hpp>
#include <shoal/leecher.hpp>
#include <shoal/tracker.hpp>

/// What the programs say to people: what happened, what it means, what to try. Pure functions;
/// every name in the result is printable.
namespace shoal::cli {

enum class Tone { plain, good, bad };

struct Message {
  Tone tone = Tone::plain;
  std::string text;  ///< one line or several, without the last line end; empty = nothing to say
};

/// What an event alone does not tell.
struct Context {
  std::span<const std::string> trackers;  ///< in use, host:port
  bool found = false;                     ///< somebody had offered the event's file before
};

/// Empty for Hashing and Progress, which are drawn (see progress_line.hpp).
[[nodiscard]] Message describe(const Event& event, const Context& context);

/// The catalogue as a table: name, size, seeders, leechers.
[[nodiscard]] std::string catalogue_table(std::span<const CatalogueEntry> entries);
/// The names as they are, a line each; without those that no leecher takes.
/// What is in a folder, a line each, with sizes; and the paths alone, for scripts.
[[nodiscard]] std::string folder_table(std::span<const FolderEntry> entries);
[[nodiscard]] std::string folder_paths(std::span<const FolderEntry> entries);
[[nodiscard]] std::string catalogue_names(std::span<const CatalogueEntry> entries);

/// Where the tracker listens, and what to type next in other terminals.
[[nodiscard]] std::string tracker_banner(std::span<const Endpoint> addresses);
/// Whom a tracker with these keys serves.
[[nodiscard]] std::string access_note(const Keys& keys);
[[nodiscard]] std::string describe(const TrackerStatistics& statistics);
/// Where to look at what happens.
[[nodiscard]] std::string describe_web_page(std::string_view link, bool wants_token);

/// Several addresses as a person lists them: "a", "a and b", "a, b and c".
[[nodiscard]] std::string listed(std::span<const std::string> items);
/// "1 file", "3 files".
[[nodiscard]] std::string counted(std::size_t count, const std::string& thing);

}  // namespace shoal::cli
