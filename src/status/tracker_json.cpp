#include "status/common.hpp"
#include "status/tracker_view.hpp"

namespace shoal::status {
namespace {

Json of_family(const TrackerCounters::Requests& requests) {
  return {{"answered", requests.answered}, {"refused", requests.refused}};
}

Json of_history(const TrackerHistory& history) {
  const auto column = [](TrackerColumn which) { return static_cast<std::size_t>(which); };
  Json requests = Json::object();
  for (std::size_t i = 0; i < kTrackerActions; ++i)
    requests[word_of(static_cast<TrackerAction>(i))] = rounded(history.rate(i));
  return {{"seconds_ago", rounded(history.seconds_ago())},
          {"requests_per_second", std::move(requests)},
          {"dropped_per_second", rounded(history.rate(column(TrackerColumn::dropped)))},
          {"files", rounded(history.gauge(column(TrackerColumn::files)))},
          {"seeders", rounded(history.gauge(column(TrackerColumn::seeders)))},
          {"leechers", rounded(history.gauge(column(TrackerColumn::leechers)))}};
}

Json of_offered(const OfferedPage& offered) {
  Json items = Json::array();
  for (const TrackedFile& file : offered.files) {
    Json item{{"name", file.name},         {"kind", file.files ? "folder" : "file"},
              {"length", file.length},     {"seeders", file.seeders},
              {"leechers", file.leechers}, {"completed", file.completed}};
    if (file.files) item["files"] = *file.files;
    items.push_back(std::move(item));
  }
  return {{"total", offered.total}, {"matching", offered.matching}, {"page", offered.query.page},
          {"pages", offered.pages}, {"per_page", kPageLength},      {"items", std::move(items)}};
}

}  // namespace

std::string tracker_json(const TrackerView& view) {
  const TrackerStatus& status = view.status;
  Json out;
  common_json(out, "tracker", view.running);
  out["listens"] = Json::array();
  for (const Endpoint& address : view.listens) out["listens"].push_back(address.to_string());
  out["closed"] = view.closed;
  out["open"] = view.open;
  out["heartbeat_seconds"] = std::chrono::duration<double>(view.heartbeat).count();
  out["timeout_seconds"] = std::chrono::duration<double>(view.timeout).count();
  out["files"] = status.files;
  const auto roles = [](const TrackerPeers::Roles& one) {
    return Json{{"seeders", one.seeders}, {"leechers", one.leechers}};
  };
  out["peers"] = {{"v4", roles(status.peers.v4)}, {"v6", roles(status.peers.v6)}};
  for (std::size_t i = 0; i < kTrackerActions; ++i) {
    const auto action = static_cast<TrackerAction>(i);
    const auto& [v4, v6] = status.counters.of(action);
    out["requests"][word_of(action)] = {{"v4", of_family(v4)}, {"v6", of_family(v6)}};
  }
  for (std::size_t i = 0; i < kTrackerDrops; ++i) {
    const auto reason = static_cast<TrackerDrop>(i);
    out["dropped"][word_of(reason)] = status.counters.of(reason);
  }
  const auto limit = [](std::size_t used, std::size_t most) {
    return Json{{"used", used}, {"most", most}};
  };
  const auto& [v4, v6] = status.peers;
  out["limits"] = {
      {"files", limit(status.files, status.max_files)},
      {"peers", limit(v4.seeders + v4.leechers + v6.seeders + v6.leechers, status.max_peers)},
      {"name_bytes", limit(status.name_bytes, status.max_name_bytes)},
      {"peers_of_an_address", Json{{"most", status.max_per_address}}}};
  out["offered"] = of_offered(view.offered);
  out["history"] = of_history(view.history);
  return to_text(out);
}

}  // namespace shoal::status
