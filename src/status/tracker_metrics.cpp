#include <algorithm>
#include <array>
#include <chrono>

#include "status/common.hpp"
#include "status/tracker_view.hpp"

namespace shoal::status {
namespace {

constexpr double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

constexpr auto kResponseBounds = [] {
  std::array<double, ResponseTimes::kBounds.size()> bounds{};
  std::ranges::transform(ResponseTimes::kBounds, bounds.begin(), seconds);
  return bounds;
}();

}  // namespace

std::string tracker_metrics(const TrackerView& view) {
  const TrackerStatus& status = view.status;
  MetricsText out;
  common_metrics(out, "tracker", view.since);

  out.counter("shoal_tracker_requests_total", "Datagrams that were answered.");
  for (std::size_t i = 0; i < kTrackerActions; ++i) {
    const auto action = static_cast<TrackerAction>(i);
    const auto family = [&](std::string_view version, const TrackerCounters::Requests& requests) {
      const std::string_view name = word_of(action);
      out.sample(requests.answered,
                 {{"action", name}, {"ip_version", version}, {"result", "answered"}});
      out.sample(requests.refused,
                 {{"action", name}, {"ip_version", version}, {"result", "refused"}});
    };
    family("4", status.counters.of(action).v4);
    family("6", status.counters.of(action).v6);
  }
  out.histogram("shoal_tracker_response_duration_seconds",
                "From a datagram's being read until its answer was sent.");
  out.buckets(kResponseBounds, status.responses.counts, seconds(status.responses.sum));
  out.counter("shoal_tracker_dropped_total", "Datagrams that got no answer.");
  for (std::size_t i = 0; i < kTrackerDrops; ++i) {
    const auto reason = static_cast<TrackerDrop>(i);
    out.sample(status.counters.of(reason), {{"reason", word_of(reason)}});
  }

  out.gauge("shoal_tracker_files", "Files and folders that are known.");
  out.sample(std::uint64_t{status.files});
  out.gauge("shoal_tracker_files_limit", "How many may be known.");
  out.sample(std::uint64_t{status.max_files});
  out.gauge("shoal_tracker_name_bytes", "Bytes of their names.");
  out.sample(std::uint64_t{status.name_bytes});
  out.gauge("shoal_tracker_name_bytes_limit", "How many there may be.");
  out.sample(std::uint64_t{status.max_name_bytes});
  out.gauge("shoal_tracker_peers", "Peers of all files; a host counts once a file and family.");
  const auto family = [&](std::string_view version, const TrackerPeers::Roles& roles) {
    out.sample(std::uint64_t{roles.seeders}, {{"role", "seeder"}, {"ip_version", version}});
    out.sample(std::uint64_t{roles.leechers}, {{"role", "leecher"}, {"ip_version", version}});
  };
  family("4", status.peers.v4);
  family("6", status.peers.v6);
  out.gauge("shoal_tracker_peers_limit", "How many there may be.");
  out.sample(std::uint64_t{status.max_peers});
  return out.str();
}

}  // namespace shoal::status
