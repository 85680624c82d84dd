#include "base/units.hpp"
#include "status/common.hpp"
#include "status/plot.hpp"
#include "status/tracker_view.hpp"

namespace shoal::status {
namespace {

using Column = OfferedQuery::Column;

std::size_t place_of(TrackerColumn column) {
  return static_cast<std::size_t>(column);
}

/// What an action is called where people read it, and what it is for.
struct InWords {
  std::string name;
  std::string_view what;
};

InWords in_words(TrackerAction action) {
  switch (action) {
    case TrackerAction::connect:
      return {"connect", "asks for a connection id"};
    case TrackerAction::announce:
      return {"announce", "a peer joins, stays or leaves, and asks for others"};
    case TrackerAction::scrape:
      return {"scrape", "asks how many have it"};
    case TrackerAction::register_file:
      return {"register", "offers a file"};
    case TrackerAction::register_folder:
      return {"register folder", "offers a folder"};
    case TrackerAction::heartbeat:
      return {"heartbeat", "is still there"};
    case TrackerAction::withdraw:
      return {"withdraw", "offers it no longer"};
    case TrackerAction::lookup:
      return {"look up", "asks who has that name"};
    case TrackerAction::list:
      return {"list", "asks for names"};
    case TrackerAction::unknown:
      break;
  }
  return {"other", "asks for something that is not known here"};
}

std::string_view in_words(TrackerDrop reason) {
  switch (reason) {
    case TrackerDrop::no_request:
      return "Shorter than any request";
    case TrackerDrop::wrong_connection_id:
      return "Made up or old connection id";
    case TrackerDrop::not_opened:
      break;
  }
  return "Not sealed under the key of this swarm, or seen before";
}

std::uint64_t sum(const TrackerHistory::Values& values) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < kTrackerActions; ++i) all += values[i];
  return all;
}

void write_tiles(Html& out, const TrackerView& view) {
  const TrackerStatus& status = view.status;
  const auto now = history_values(status);
  double rate = 0;
  for (std::size_t i = 0; i < kTrackerActions; ++i) {
    const auto rates = view.history.rate(i);
    if (!rates.empty()) rate += rates.back();
  }
  out << "<section id=\"summary\" data-part aria-label=\"Summary\"><dl class=\"tiles\">";
  tile(out, "Offered", count_in_words(static_cast<double>(status.files)),
       status.files == 1 ? "name" : "names");
  tile(out, "Seeders", count_in_words(static_cast<double>(now[place_of(TrackerColumn::seeders)])));
  tile(out, "Leechers",
       count_in_words(static_cast<double>(now[place_of(TrackerColumn::leechers)])));
  tile(out, "Requests", count_in_words(rate), "a second");
  tile(out, "Answered", count_in_words(static_cast<double>(sum(now))), "in all");
  tile(out, "Running for", format_duration(view.running));
  out << "</dl><p class=\"about\">"
      << either(view.closed, "Closed swarm: a key is needed.",
                "Open swarm: whoever reaches this tracker can list, fetch and offer.");
  if (view.open) out << " It also tracks torrents that nobody has registered.";
  out << " Listens on ";
  for (std::size_t i = 0; i < view.listens.size(); ++i) {
    if (i > 0) out << ", ";
    out << "<code>" << view.listens[i].to_string() << "</code>";
  }
  out << " (UDP).</p></section>";
}

void write_head(Html& out, const OfferedQuery& now, Column column, bool number,
                std::string_view words) {
  OfferedQuery next = now;
  next.column = column;
  next.page = 1;
  const bool is_it = now.column == column;
  next.descending = is_it ? !now.descending : number;
  out << "<th scope=\"col\"";
  if (number) out << " class=\"n\"";
  if (is_it) out << " aria-sort=\"" << either(now.descending, "descending", "ascending") << "\"";
  out << "><a id=\"sort-" << word_of(column) << "\" href=\"" << link_of(next) << "#offered\">"
      << words << "</a></th>";
}

void write_pager(Html& out, const OfferedPage& offered) {
  if (offered.pages < 2) return;
  const auto link = [&](std::size_t page, std::string_view id, std::string_view words) {
    OfferedQuery there = offered.query;
    there.page = page;
    out << "<a id=\"page-" << id << "\" href=\"" << link_of(there) << "#offered\">" << words
        << "</a> ";
  };
  const std::size_t page = offered.query.page;
  out << "<nav class=\"pager\" aria-label=\"Pages of names\">";
  if (page > 1) {
    link(1, "first", "First");
    link(page - 1, "previous", "Previous");
  }
  out << "<span>Page " << page << " of " << offered.pages << "</span> ";
  if (page < offered.pages) {
    link(page + 1, "next", "Next");
    link(offered.pages, "last", "Last");
  }
  out << "</nav>";
}

void write_offered(Html& out, const OfferedPage& offered) {
  out << "<section id=\"offered\" aria-labelledby=\"h-offered\"><h2 id=\"h-offered\">What is "
         "offered</h2>"
         "<form role=\"search\" method=\"get\" action=\"#offered\"><label for=\"q\">Search "
         "names</label> "
         "<input id=\"q\" name=\"q\" type=\"search\" maxlength=\"255\" autocomplete=\"off\" "
         "value=\""
      << offered.query.search << "\"><input type=\"hidden\" name=\"sort\" value=\""
      << word_of(offered.query.column) << "\">";
  if (offered.query.descending) out << "<input type=\"hidden\" name=\"order\" value=\"desc\">";
  out << " <button>Search</button></form><div id=\"names\" data-part><div "
         "class=\"wide\"><table><caption>";
  if (offered.query.search.empty())
    out << count_in_words(static_cast<double>(offered.total)) << " in all";
  else
    out << count_in_words(static_cast<double>(offered.matching)) << " of "
        << count_in_words(static_cast<double>(offered.total)) << " have that in their name";
  out << "</caption><thead><tr>";
  const OfferedQuery& query = offered.query;
  write_head(out, query, Column::name, false, "Name");
  out << "<th scope=\"col\">Kind</th>";
  write_head(out, query, Column::size, true, "Size");
  write_head(out, query, Column::seeders, true, "Seeders");
  write_head(out, query, Column::leechers, true, "Leechers");
  write_head(out, query, Column::completed, true, "Completed");
  out << "</tr></thead><tbody>";
  for (const TrackedFile& file : offered.files) {
    out << "<tr><th scope=\"row\" class=\"name\">";
    if (file.name.empty())
      out << "<em>announced by its hash alone</em>";
    else
      out << "<bdi>" << file.name << "</bdi>";
    out << "</th><td>";
    if (file.files)
      out << "folder, " << count_in_words(*file.files)
          << either(*file.files == 1, " file", " files");
    else
      out << "file";
    out << "</td><td class=\"n\">"
        << (file.name.empty() ? std::string("?") : format_size(file.length))
        << "</td><td class=\"n\">" << file.seeders << "</td><td class=\"n\">" << file.leechers
        << "</td><td class=\"n\">" << file.completed << "</td></tr>";
  }
  if (offered.files.empty()) {
    out << "<tr><td colspan=\"6\" class=\"none\">"
        << either(offered.total == 0, "Nothing yet. Offer something with: seeder FILE",
                  "No name has that in it.")
        << "</td></tr>";
  }
  out << "</tbody></table></div>";
  write_pager(out, offered);
  out << "</div></section>";
}

void write_plots(Html& out, const TrackerView& view) {
  const TrackerHistory& history = view.history;
  const auto a_second = [](double value) { return count_in_words(value) + " /s"; };
  Plot requests{"Requests a second, the last hour", history.seconds_ago(), {}, a_second};
  for (std::size_t i = 0; i < kTrackerActions; ++i) {
    // The colour stays an action's own, whichever others there are.
    requests.series.push_back({in_words(static_cast<TrackerAction>(i)).name, history.rate(i)});
  }
  const auto gauge = [&](TrackerColumn column) { return history.gauge(place_of(column)); };
  out << "<section id=\"plots\" data-part aria-labelledby=\"h-plots\"><h2 id=\"h-plots\">Over "
         "time</h2>"
      << draw(requests) << "<div class=\"two\">"
      << draw({"Peers",
               history.seconds_ago(),
               {{"seeders", gauge(TrackerColumn::seeders)},
                {"leechers", gauge(TrackerColumn::leechers)}},
               count_in_words})
      << draw({"Names",
               history.seconds_ago(),
               {{"names", gauge(TrackerColumn::files)}},
               count_in_words})
      << "</div></section>";
}

void write_requests(Html& out, const TrackerStatus& status) {
  out << "<section id=\"requests\" data-part aria-labelledby=\"h-requests\"><h2 "
         "id=\"h-requests\">Requests</h2>"
         "<div class=\"wide\"><table><caption>Datagrams since the start</caption><thead><tr>"
         "<th scope=\"col\">Action</th><th scope=\"col\" class=\"extra\">What it asks</th>"
         "<th scope=\"col\" class=\"n\">Answered, IPv4</th><th scope=\"col\" class=\"n\">IPv6</th>"
         "<th scope=\"col\" class=\"n\">Refused, IPv4</th><th scope=\"col\" class=\"n\">IPv6</th>"
         "</tr></thead><tbody>";
  const auto cell = [&](std::uint64_t count) {
    out << "<td class=\"n\">" << count_in_words(static_cast<double>(count)) << "</td>";
  };
  for (std::size_t i = 0; i < kTrackerActions; ++i) {
    const auto action = static_cast<TrackerAction>(i);
    const auto& [v4, v6] = status.counters.of(action);
    const InWords words = in_words(action);
    out << "<tr><th scope=\"row\">" << words.name << "</th><td class=\"extra\">" << words.what
        << "</td>";
    for (const std::uint64_t count : {v4.answered, v6.answered, v4.refused, v6.refused})
      cell(count);
    out << "</tr>";
  }
  out << "</tbody></table></div><div class=\"wide\"><table><caption>Datagrams that got no "
         "answer</caption>"
         "<thead><tr><th scope=\"col\">Why</th><th scope=\"col\" class=\"n\">How "
         "many</th></tr></thead><tbody>";
  for (std::size_t i = 0; i < kTrackerDrops; ++i) {
    const auto reason = static_cast<TrackerDrop>(i);
    out << "<tr><th scope=\"row\">" << in_words(reason) << "</th>";
    cell(status.counters.of(reason));
    out << "</tr>";
  }
  out << "</tbody></table></div></section>";
}

void write_limits(Html& out, const TrackerView& view) {
  const TrackerStatus& status = view.status;
  const auto& [v4, v6] = status.peers;
  const auto peers = v4.seeders + v4.leechers + v6.seeders + v6.leechers;
  const auto row = [&](std::string_view name, std::size_t used, std::size_t most) {
    limit_row(out, name, used, most, count_in_words(static_cast<double>(used)),
              count_in_words(static_cast<double>(most)));
  };
  out << "<section id=\"limits\" data-part aria-labelledby=\"h-limits\"><h2 "
         "id=\"h-limits\">Limits</h2>"
         "<div class=\"wide\"><table><caption>How full it is</caption><thead><tr><th "
         "scope=\"col\">Of what</th>"
         "<th scope=\"col\" class=\"n\">Used</th><th scope=\"col\" class=\"n\">At most</th>"
         "<th scope=\"col\">Full</th></tr></thead><tbody>";
  row("Names", status.files, status.max_files);
  row("Peers of all names", peers, status.max_peers);
  limit_row(out, "Length of all names", status.name_bytes, status.max_name_bytes,
            format_size(status.name_bytes), format_size(status.max_name_bytes));
  limit_row(out, "Peers of one address", 0, 0, "",
            status.max_per_address == 0
                ? std::string("no bound")
                : count_in_words(static_cast<double>(status.max_per_address)));
  out << "</tbody></table></div><p class=\"about\">Peers are told to call every "
      << format_duration(view.heartbeat) << ", and forgotten after a silence of "
      << format_duration(view.timeout) << ".</p></section>";
}

}  // namespace

std::string tracker_page(const TrackerView& view) {
  Html out;
  write_tiles(out, view);
  write_offered(out, view.offered);
  write_plots(out, view);
  write_requests(out, view.status);
  write_limits(out, view);
  return out.str();
}

}  // namespace shoal::status
