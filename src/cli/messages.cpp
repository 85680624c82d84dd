#include "cli/messages.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "base/units.hpp"
#include "cli/columns.hpp"
#include "cli/scripts.hpp"
#include "metainfo/name.hpp"
#include "status/held_words.hpp"

namespace shoal::cli {
namespace {

// Why a shorter download took that long is of no use to anybody.
constexpr auto kWorthTellingWhy = std::chrono::seconds(1);

const std::string kDefaultTracker = "127.0.0.1:6000";

std::string in_quotes(std::string_view name) {
  return "\"" + printable(name) + "\"";
}

std::string sentence(std::string_view text) {
  std::string out = printable(text);
  if (!out.empty() && std::string_view(".!?").find(out.back()) == std::string_view::npos)
    out += '.';
  return out;
}

bool is_small_letter(char one) {
  return one >= 'a' && one <= 'z';
}

/// Only if it begins with a word: a file's or a host's name stays as it is.
std::string capitalised(std::string text) {
  const std::string_view first = std::string_view(text).substr(0, text.find(' '));
  if (!first.empty() && std::ranges::all_of(first, is_small_letter)) text.front() += 'A' - 'a';
  return text;
}

/// How large it is; of a folder, how many files are in it, too.
std::string what_it_is(const FileInfo& file) {
  if (!file.folder) return format_size(file.length);
  return "a folder of " + counted(file.folder->files, "file") + ", " + format_size(file.length);
}

std::string wanted_of(const event::Found& e) {
  if (!e.file.folder || e.files == e.file.folder->files) return what_it_is(e.file);
  return std::to_string(e.files) + " of " + counted(e.file.folder->files, "file") + ", " +
         format_size(e.bytes) + " of " + format_size(e.file.length);
}

std::string part_of(const FileInfo& folder, const event::FolderPart& part) {
  return std::to_string(part.files) + " of " + counted(folder.folder->files, "file");
}

struct Describe {
  Context context;

  Message operator()(const event::Listening& e) const {
    return {Tone::plain, "Listening for peers on " + e.address.to_string() + "."};
  }
  Message operator()(const event::Hashing&) const { return {}; }
  Message operator()(const event::Progress&) const { return {}; }

  Message operator()(const event::Registered& e) const {
    const bool is_folder = e.file.folder.has_value();
    const std::string what =
        e.part && is_folder
            ? "what is here of " + marked(e.file.name) + ", " + part_of(e.file, *e.part) + " and " +
                  format_size(e.part->bytes) + ". Others fetch that by the folder's name.\n"
            : marked(e.file.name) + ", " + what_it_is(e.file) + ". Others fetch it by that name.\n";
    return {Tone::good, "Registered " + what + (is_folder ? "  hash    " : "  root    ") +
                            to_hex(e.file.root) + "\n" + "  magnet  " + printable(e.magnet)};
  }
  Message operator()(const event::Refused& e) const {
    return {Tone::bad, "Cannot share " + in_quotes(e.name) + ": " + sentence(e.reason.message)};
  }
  Message operator()(const event::TrackerState& e) const {
    const Tone tone = e.answers ? Tone::plain : Tone::bad;
    if (!e.message.empty()) return {tone, capitalised(sentence(e.message))};
    return {tone, "The tracker at " + printable(e.tracker) +
                      (e.answers ? " answers again." : " does not answer.")};
  }
  Message operator()(const event::Found& e) const {
    return {Tone::plain, "Found " + marked(e.file.name) + ", " + wanted_of(e) + ", at " +
                             counted(e.peers, "peer") + "."};
  }
  Message operator()(const event::WrongData& e) const {
    return {Tone::plain, "Peer " + printable(e.peer) + " sends wrong data for " +
                             in_quotes(e.name) +
                             ". That is thrown away, and asked for again where it can be had."};
  }
  Message operator()(const event::Waiting& e) const {
    if (e.reason.code == Errc::no_tracker) {
      return {Tone::plain, "Waiting for a tracker, to ask it for " + in_quotes(e.name) + ": " +
                               sentence(e.reason.message)};
    }
    if (!e.target.empty()) {
      return {Tone::plain, "Waiting for somebody who has it: " + sentence(e.reason.message)};
    }
    return {Tone::plain, nobody_offers(e.name, e.reason, " yet") + "; waiting for a seeder."};
  }
  Message operator()(const event::Complete& e) const {
    const std::string name = in_quotes(e.file.name);
    const std::string path = printable(e.path.string());
    const std::uint64_t bytes = e.file.folder ? e.bytes : e.file.length;
    if (e.fetched == 0 && bytes > 0) {
      return {Tone::good, name + " is here, whole and proven; nothing had to be fetched: " + path};
    }
    std::string text = "Complete: " + name +
                       (e.file.folder ? ", " + counted(e.files, "file") : "") + ", " +
                       format_size(bytes) + " in " + format_duration(e.took);
    if (const auto ms = e.took.count(); ms > 0 && e.fetched > 0) {
      text += " (" +
              format_rate(static_cast<double>(e.fetched) * 1000.0 / static_cast<double>(ms)) + ")";
    }
    text += ", every piece proven.";
    if (e.fetched < bytes) {
      text += " " + format_size(bytes - e.fetched) +
              (e.file.folder ? " were here from before, are zeros, or are in equal files."
                             : " were here from before, or are zeros.");
    }
    if (e.took >= kWorthTellingWhy) {
      const std::string held = status::held_in_words(e.held_by, 3);
      if (!held.empty()) text += "\n  held by " + held;
    }
    return {Tone::good, text + "\n  saved as " + path};
  }
  Message operator()(const event::Seeding& e) const {
    if (e.served) {
      const std::string part =
          e.part && e.file.folder ? part_of(e.file, *e.part) + " of " : std::string();
      return {Tone::plain, "Sharing " + part + in_quotes(e.file.name) + ". Ctrl-C stops."};
    }
    return {Tone::plain, "Keeping the name " + in_quotes(e.file.name) +
                             " known; others have to serve the file. Ctrl-C stops."};
  }
  Message operator()(const event::Failed& e) const { return {Tone::bad, failure(e)}; }
  Message operator()(const event::Notice& e) const { return {Tone::plain, printable(e.message)}; }

  std::string failure(const event::Failed& e) const {
    switch (e.reason.code) {
      case Errc::not_found:
        if (context.found) break;      // it was there, and is no more
        if (!e.target.empty()) break;  // a link is not spelled wrong
        return nobody_offers(e.name, e.reason, "") + ". Check the spelling with: leecher --list" +
               tracker_options() + ", or wait for a seeder with --wait 5m.";
      case Errc::no_tracker:
        if (!e.target.empty()) {  // a link's own trackers were asked too, and the reason names all
          return capitalised(sentence(e.reason.message)) +
                 " Start one with: tracker, or name another with --tracker HOST:PORT.";
        }
        return "No tracker answered (asked " + listed(context.trackers) +
               "): " + sentence(e.reason.message) +
               " Start one with: tracker, or name another with --tracker HOST:PORT.";
      case Errc::cancelled:
        if (!context.found) return "Interrupted before " + in_quotes(e.name) + " was found.";
        return "Interrupted: " + in_quotes(e.name) +
               ". What has arrived is kept; the same command goes on from there.";
      default:
        break;
    }
    const std::string reason = sentence(e.reason.message);
    if (e.name.empty() || reason.contains(in_quotes(e.name))) return capitalised(reason);
    return in_quotes(e.name) + " failed: " + reason;
  }

  /// Of several trackers, some may not have answered, and the reason names them.
  [[nodiscard]] std::string nobody_offers(const std::string& name, const Error& reason,
                                          const std::string& yet) const {
    const bool told = context.trackers.size() > 1 && reason.message.contains(in_quotes(name));
    if (told) return capitalised(printable(reason.message));
    return "Nobody offers " + in_quotes(name) + yet;
  }

  // The default tracker is asked without being named.
  std::string tracker_options() const {
    if (context.trackers.size() == 1 && context.trackers.front() == kDefaultTracker) return {};
    std::string out;
    for (const std::string& tracker : context.trackers) out += " --tracker " + tracker;
    return out;
  }
};

// The tracker as programs on this machine reach it.
std::string local_name(const Endpoint& address) {
  if (!address.address.is_unspecified()) return address.to_string();
  return (address.address.is_v4() ? "127.0.0.1:" : "[::1]:") + std::to_string(address.port);
}

}  // namespace

std::string counted(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string listed(std::span<const std::string> items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

Message describe(const Event& event, const Context& context) {
  return std::visit(Describe{context}, event);
}

std::string catalogue_table(std::span<const CatalogueEntry> entries) {
  if (entries.empty()) return "The tracker knows no such file yet. Offer one with: seeder FILE";
  std::vector<std::vector<std::string>> rows{{"NAME", "SIZE", "SEEDERS", "LEECHERS"}};
  const bool folders =
      std::ranges::any_of(entries, [](const auto& e) { return e.files.has_value(); });
  if (folders) rows.front().insert(rows.front().begin() + 2, "FILES");
  for (const CatalogueEntry& e : entries) {
    const std::string mixed = mixed_scripts(e.name);
    auto& row = rows.emplace_back();
    row = {printable(e.name) + (e.files ? "/" : "") + (mixed.empty() ? "" : "  (" + mixed + ")"),
           format_size(e.length)};
    if (folders) row.push_back(e.files ? std::to_string(*e.files) : "");
    row.push_back(std::to_string(e.seeders));
    row.push_back(std::to_string(e.leechers));
  }
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    if (!out.empty()) out += '\n';
    out += padded(row[0], widths[0]);
    for (std::size_t i = 1; i < row.size(); ++i) {
      out += std::string(2 + widths[i] - columns(row[i]), ' ') + row[i];
    }
  }
  return out;
}

std::string folder_table(std::span<const FolderEntry> entries) {
  std::vector<std::string> sizes;
  std::size_t width = 0;
  std::uint64_t bytes = 0;
  for (const FolderEntry& e : entries) {
    sizes.push_back(e.target.empty() ? format_size(e.length) : "link");
    width = std::max(width, columns(sizes.back()));
    bytes += e.length;
  }
  std::string out;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const FolderEntry& e = entries[i];
    out += std::string(width - columns(sizes[i]), ' ') + sizes[i] + "  " + printable(e.path) +
           (e.executable ? " *" : "") + (e.target.empty() ? "" : " -> " + printable(e.target)) +
           "\n";
  }
  return out + counted(entries.size(), "file") + ", " + format_size(bytes);
}

std::string folder_paths(std::span<const FolderEntry> entries) {
  std::string out;
  for (const FolderEntry& e : entries) out += (out.empty() ? "" : "\n") + e.path;
  return out;
}

std::string catalogue_names(std::span<const CatalogueEntry> entries) {
  std::string out;
  for (const CatalogueEntry& e : entries) {
    if (!check_name(e.name)) continue;
    if (!out.empty()) out += '\n';
    out += e.name;
  }
  return out;
}

std::string tracker_banner(std::span<const Endpoint> addresses) {
  std::vector<std::string> names;
  for (const Endpoint& address : addresses) names.push_back(address.to_string());
  const std::string local = addresses.empty() ? kDefaultTracker : local_name(addresses.front());
  const std::string option = local == kDefaultTracker ? "" : " --tracker " + local;
  const std::string port = local.substr(local.rfind(':'));
  return "Tracker is listening on " + listed(names) + " (UDP). Ctrl-C stops it.\n" +
         "Next, in other terminals:\n" + "  seeder FILE" + option + "     offers a file\n" +
         "  leecher NAME" + option + "    fetches it by its name\n" +
         "On other machines add: --tracker ADDRESS-OF-THIS-MACHINE" + port;
}

std::string access_note(const Keys& keys) {
  if (!keys) return "Open swarm: whoever reaches this tracker can list, fetch and offer files.";
  return "Closed swarm, key " + key_id(keys) +
         ": who has not got it gets no answer. Add --key FILE to seeders and leechers.";
}

std::string describe_web_page(std::string_view link, bool wants_token) {
  return "See what happens: " + std::string(link) +
         (wants_token ? " (any user, the token as password)" : "");
}

std::string describe(const TrackerStatistics& statistics) {
  return "Tracker knew " + counted(statistics.files, "file") + " and " +
         counted(statistics.peers, "peer") + "; answered " +
         counted(statistics.answered, "datagram") + ", dropped " +
         std::to_string(statistics.dropped) + ".";
}

}  // namespace shoal::cli
