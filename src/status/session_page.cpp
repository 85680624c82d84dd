#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "base/units.hpp"
#include "status/common.hpp"
#include "status/held_words.hpp"
#include "status/plot.hpp"
#include "status/session_view.hpp"

namespace shoal::status {
namespace {

std::size_t place_of(SessionColumn column) {
  return static_cast<std::size_t>(column);
}

double last_of(const std::vector<double>& values) {
  return values.empty() ? 0 : values.back();
}

/// Rounded down: nothing is whole before it is.
int percent_of(std::uint64_t here, std::uint64_t length) {
  if (here >= length) return 100;
  return static_cast<int>(static_cast<double>(here) / static_cast<double>(length) * 100);
}

std::string clock_time(std::chrono::system_clock::time_point at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return "";
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%H:%M:%S", &local)};
}

void write_session_tiles(Html& out, const SessionView& view) {
  const SessionStatus& status = view.status;
  const double down = last_of(view.history.rate(place_of(SessionColumn::received)));
  const double up = last_of(view.history.rate(place_of(SessionColumn::sent)));
  out << "<section id=\"summary\" data-part aria-label=\"Summary\"><dl class=\"tiles\">";
  tile(out, "Down", format_rate(down));
  tile(out, "Up", format_rate(up));
  tile(out, "Received", format_size(status.totals.received));
  tile(out, "Sent", format_size(status.totals.sent));
  tile(out, "Peers", std::to_string(status.dialled + status.accepted), "connected");
  tile(out, "Running for", format_duration(view.running));
  out << "</dl><p class=\"about\">"
      << either(view.closed, "Closed swarm, encrypted.", "Open swarm, not encrypted.")
      << " Listens for peers on <code>" << status.listens.to_string() << "</code>";
  for (std::size_t i = 0; i < status.trackers.size(); ++i)
    out << either(i == 0, ", asks ", ", ") << "<code>" << status.trackers[i] << "</code>";
  out << ".</p></section>";
}

/// What is here of it, as a picture: a stretch of equal cells is one rectangle.
void write_map(Html& out, const TransferStatus& transfer) {
  const std::vector<MapCell>& map = transfer.map;
  if (map.empty()) return;
  out << "<svg class=\"map\" viewBox=\"0 0 " << map.size()
      << " 1\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Which parts are here: "
      << percent_of(transfer.here, transfer.length) << " % of all.\">";
  for (std::size_t i = 0; i < map.size();) {
    const auto differs = std::find_if(map.begin() + static_cast<std::ptrdiff_t>(i), map.end(),
                                      [&](MapCell cell) { return cell != map[i]; });
    const auto end = static_cast<std::size_t>(differs - map.begin());
    if (map[i] != MapCell::none)
      out << "<rect class=\"m" << static_cast<int>(map[i]) << "\" x=\"" << i << "\" width=\""
          << end - i << "\" height=\"1\"/>";
    i = end;
  }
  out << "</svg>";
}

void write_fetched(Html& out, const TransferStatus& transfer) {
  const int percent = percent_of(transfer.here, transfer.length);
  out << "<article class=\"fetch\"><h3><bdi>" << transfer.name
      << "</bdi></h3><progress max=\"100\" value=\"" << percent << "\" aria-label=\""
      << transfer.name << "\">" << percent << " %</progress><p class=\"figures\"><b>" << percent
      << " %</b> · " << format_size(transfer.here) << " of " << format_size(transfer.length);
  if (transfer.files) out << " · " << transfer.files_here << " of " << *transfer.files << " files";
  out << " · " << transfer.connected << " of " << std::max(transfer.known.known, transfer.connected)
      << " peers</p>";
  const std::string held = held_in_words(transfer.held_by, 3);
  if (!held.empty()) out << "<p class=\"figures\">Held by " << held << ".</p>";
  write_map(out, transfer);
  out << "</article>";
}

/// Of what is offered: as much as is here.
void write_kind(Html& out, const TransferStatus& one) {
  if (!one.files) {
    out << either(one.here < one.length, "part of a file", "file");
  } else if (one.files_here < one.of_files) {
    out << "part of a folder, " << one.files_here << " of " << one.of_files << " files";
  } else {
    out << "folder, " << one.of_files << either(one.of_files == 1, " file", " files");
  }
}

void write_transfers(Html& out, const SessionStatus& status) {
  // The place stays, as others are put into it: see shoal.js.
  out << "<div id=\"fetching\" data-part>";
  if (status.fetching > 0) {
    out << "<section aria-labelledby=\"h-fetching\"><h2 id=\"h-fetching\">Being fetched</h2>";
    for (const TransferStatus& one : status.transfers)
      if (one.fetching) write_fetched(out, one);
    out << "<ul class=\"legend\" aria-label=\"Of the pictures\"><li><span class=\"key "
           "m5\"></span>here</li>"
           "<li><span class=\"key m3\"></span>in part</li><li><span class=\"key m1\"></span>asked "
           "for</li>"
           "<li><span class=\"key m0\"></span>missing</li></ul></section>";
  }
  out << "</div><section id=\"offering\" data-part aria-labelledby=\"h-offering\"><h2 "
         "id=\"h-offering\">Offered</h2>"
         "<div class=\"wide\"><table><caption>"
      << count_in_words(static_cast<double>(status.offering))
      << either(status.offering == 1, " file or folder", " files and folders");
  const auto shown = std::ranges::count_if(status.transfers,
                                           [](const TransferStatus& one) { return !one.fetching; });
  if (static_cast<std::size_t>(shown) < status.offering)
    out << ", of which " << shown << " are shown: those with peers first";
  out << "</caption><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Kind</th>"
         "<th scope=\"col\" class=\"n\">Size</th><th scope=\"col\" class=\"n\">Peers</th>"
         "<th scope=\"col\" class=\"n\">Received</th><th scope=\"col\" "
         "class=\"n\">Sent</th></tr></thead><tbody>";
  for (const TransferStatus& one : status.transfers) {
    if (one.fetching) continue;
    out << "<tr><th scope=\"row\" class=\"name\"><bdi>" << one.name << "</bdi></th><td>";
    write_kind(out, one);
    out << "</td><td class=\"n\">" << format_size(one.here) << "</td><td class=\"n\">"
        << one.connected << "</td><td class=\"n\">" << format_size(one.received)
        << "</td><td class=\"n\">" << format_size(one.sent) << "</td></tr>";
  }
  if (shown == 0) out << "<tr><td colspan=\"6\" class=\"none\">Nothing yet.</td></tr>";
  out << "</tbody></table></div></section>";
}

std::string standing(const PeerStatus& peer, bool fetching) {
  std::string out;
  const auto say = [&](std::string_view words) { (out += out.empty() ? "" : ", ") += words; };
  if (fetching && peer.asked > 0) say("sends us " + std::to_string(peer.asked) + " blocks");
  if (fetching && peer.asked == 0 && peer.chokes_us) say("does not serve us now");
  if (peer.waiting > 0 && !peer.choked)
    say("waits for " + std::to_string(peer.waiting) + " blocks");
  if (peer.choked) say("waits for its turn");
  return out.empty() ? "idle" : out;
}

void write_peers(Html& out, const SessionStatus& status) {
  std::size_t shown = 0;
  for (const TransferStatus& one : status.transfers) shown += one.peers.size();
  const std::size_t all = status.dialled + status.accepted;
  out << "<section id=\"peers\" data-part aria-labelledby=\"h-peers\"><h2 id=\"h-peers\">Peers</h2>"
         "<div class=\"wide\"><table><caption>"
      << all << " connected";
  if (shown < all) out << ", of which " << shown << " are shown";
  out << "</caption><thead><tr><th scope=\"col\">Address</th><th scope=\"col\">Client</th>"
         "<th scope=\"col\">File</th><th scope=\"col\" class=\"n\">Has</th>"
         "<th scope=\"col\" class=\"n\">From it</th><th scope=\"col\" class=\"n\">To it</th>"
         "<th scope=\"col\">What it does</th><th scope=\"col\" "
         "class=\"n\">For</th></tr></thead><tbody>";
  for (const TransferStatus& transfer : status.transfers) {
    for (const PeerStatus& peer : transfer.peers) {
      out << "<tr><th scope=\"row\"><code>" << peer.address.to_string() << "</code></th><td><bdi>"
          << peer.client << "</bdi></td><td class=\"name\"><bdi>" << transfer.name
          << "</bdi></td><td class=\"n\">" << static_cast<int>(peer.has * 100)
          << " %</td><td class=\"n\">" << format_size(peer.received) << "</td><td class=\"n\">"
          << format_size(peer.sent) << "</td><td>" << standing(peer, transfer.fetching)
          << "</td><td class=\"n\">" << format_duration(peer.since) << "</td></tr>";
    }
  }
  if (shown == 0) out << "<tr><td colspan=\"8\" class=\"none\">Nobody at the moment.</td></tr>";
  out << "</tbody></table></div></section>";
}

void write_rates(Html& out, const SessionHistory& history) {
  out << "<section id=\"plots\" data-part aria-labelledby=\"h-plots\"><h2 id=\"h-plots\">Over "
         "time</h2>"
      << draw({"How fast, the last hour",
               history.seconds_ago(),
               {{"down", history.rate(place_of(SessionColumn::received))},
                {"up", history.rate(place_of(SessionColumn::sent))}},
               [](double rate) { return format_rate(rate); },
               true})
      << draw({"Connections",
               history.seconds_ago(),
               {{"made and being made", history.gauge(place_of(SessionColumn::connections))}},
               count_in_words})
      << "</section>";
}

void write_session_limits(Html& out, const SessionStatus& status, const SessionHistory& history) {
  const auto rate = [&](std::string_view name, SessionColumn column, std::uint64_t most) {
    const double now = last_of(history.rate(place_of(column)));
    limit_row(out, name, static_cast<std::uint64_t>(now), most, format_rate(now),
              most == 0 ? "no limit" : format_rate(static_cast<double>(most)));
  };
  out << "<section id=\"limits\" data-part aria-labelledby=\"h-limits\"><h2 "
         "id=\"h-limits\">Limits</h2>"
         "<div class=\"wide\"><table><caption>How full they are</caption><thead><tr><th "
         "scope=\"col\">Of what</th>"
         "<th scope=\"col\" class=\"n\">Used</th><th scope=\"col\" class=\"n\">At most</th>"
         "<th scope=\"col\">Full</th></tr></thead><tbody>";
  rate("Download", SessionColumn::received, status.limits.download);
  rate("Upload", SessionColumn::sent, status.limits.upload);
  limit_row(out, "Connections", status.connections, status.max_connections,
            std::to_string(status.connections), std::to_string(status.max_connections));
  limit_row(out, "Peers served at a time", 0, 0, "",
            status.upload_slots == 0 ? "no limit" : std::to_string(status.upload_slots));
  out << "</tbody></table></div></section>";
}

void write_log(Html& out, const std::deque<LogLine>& log) {
  out << "<section id=\"log\" data-part aria-labelledby=\"h-log\"><h2 id=\"h-log\">What "
         "happened</h2>"
         "<ol class=\"log\" reversed tabindex=\"0\" id=\"log-lines\" aria-label=\"The newest "
         "first\">";
  for (const LogLine& line : log)
    out << "<li><time>" << clock_time(line.at) << "</time> " << line.text << "</li>";
  out << "</ol></section>";
}

}  // namespace

std::string session_page(const SessionView& view) {
  Html out;
  write_session_tiles(out, view);
  write_transfers(out, view.status);
  write_rates(out, view.history);
  write_peers(out, view.status);
  write_session_limits(out, view.status, view.history);
  write_log(out, view.log);
  return out.str();
}

}  // namespace shoal::status
