#include "status/common.hpp"
#include "status/session_view.hpp"

namespace shoal::status {

std::string session_metrics(const SessionView& view) {
  const SessionStatus& status = view.status;
  MetricsText out;
  common_metrics(out, view.program, view.since);

  out.counter("shoal_peer_received_bytes_total", "Bytes of files that came, proven or not.");
  out.sample(status.totals.received, {{"source", "peer"}});
  out.counter("shoal_peer_proven_bytes_total", "Bytes of these that were proven.");
  out.sample(status.totals.proven);
  out.counter("shoal_peer_wasted_bytes_total", "Bytes that had to come again.");
  out.sample(status.totals.wrong, {{"reason", "wrong"}});
  out.counter("shoal_peer_sent_bytes_total", "Bytes of files that were sent.");
  out.sample(status.totals.sent);

  out.gauge("shoal_peer_connections", "Peers that are connected, by who called.");
  out.sample(std::uint64_t{status.dialled}, {{"direction", "outgoing"}});
  out.sample(std::uint64_t{status.accepted}, {{"direction", "incoming"}});
  out.gauge("shoal_peer_connections_limit", "How many there may be.");
  out.sample(std::uint64_t{status.max_connections});
  out.gauge("shoal_transfers", "Files and folders.");
  out.sample(std::uint64_t{status.fetching}, {{"state", "fetching"}});
  out.sample(std::uint64_t{status.offering}, {{"state", "offering"}});
  out.gauge("shoal_rate_limit_bytes_per_second", "How fast blocks may move; 0 = no limit.");
  out.sample(status.limits.download, {{"direction", "download"}});
  out.sample(status.limits.upload, {{"direction", "upload"}});
  out.histogram("shoal_download_duration_seconds",
                "How long downloads took that are whole, by size up to that.");
  for (std::size_t i = 0; i < DownloadDurations::kSizes.size(); ++i) {
    const Durations& took = view.downloads.by_size()[i];
    out.buckets(Durations::kBounds, took.counts(), took.sum(),
                {{"size", DownloadDurations::kSizes[i]}});
  }
  return out.str();
}

}  // namespace shoal::status
