#include "status/common.hpp"
#include "status/session_view.hpp"

namespace shoal::status {
namespace {

double seconds_of(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

Json of_peer(const PeerStatus& peer) {
  return {{"address", peer.address.to_string()},
          {"client", peer.client},
          {"direction", peer.dialled ? "outgoing" : "incoming"},
          {"has", peer.has},
          {"received", peer.received},
          {"sent", peer.sent},
          {"chokes_us", peer.chokes_us},
          {"choked", peer.choked},
          {"asked", peer.asked},
          {"waiting", peer.waiting},
          {"seconds", seconds_of(peer.since)}};
}

Json of_known(const KnownPeers& known) {
  return {{"known", known.known},
          {"refused", known.refused},
          {"unreachable", known.unreachable},
          {"silent", known.silent},
          {"no_handshake", known.no_handshake},
          {"left", known.left},
          {"wrong_data", known.wrong_data},
          {"shut_out", known.shut_out}};
}

Json of_transfer(const TransferStatus& transfer) {
  Json out{{"name", transfer.name},
           {"path", transfer.path.string()},
           {"kind", transfer.files ? "folder" : "file"},
           {"state", transfer.fetching ? "fetching" : "offering"},
           {"length", transfer.length},
           {"here", transfer.here}};
  if (transfer.files) {
    out["files"] = *transfer.files;
    out["files_here"] = transfer.files_here;
    out["of_files"] = transfer.of_files;
  }
  out["received"] = transfer.received;
  out["sent"] = transfer.sent;
  out["connected"] = transfer.connected;
  out["known"] = of_known(transfer.known);
  out["peers"] = Json::array();
  for (const PeerStatus& peer : transfer.peers) out["peers"].push_back(of_peer(peer));
  if (transfer.fetching) {
    std::string map;
    for (const MapCell cell : transfer.map) map += static_cast<char>('0' + static_cast<int>(cell));
    out["map"] = map;
    if (transfer.held_by.known()) out["held_by"] = to_json(transfer.held_by);
  }
  return out;
}

}  // namespace

std::string session_json(const SessionView& view) {
  const SessionStatus& status = view.status;
  Json out;
  common_json(out, view.program, view.running);
  out["listens"] = status.listens.to_string();
  out["trackers"] = status.trackers;
  out["closed"] = view.closed;
  out["totals"] = {{"received", status.totals.received},
                   {"proven", status.totals.proven},
                   {"wrong", status.totals.wrong},
                   {"sent", status.totals.sent}};
  out["limits"] = {
      {"download", status.limits.download},
      {"upload", status.limits.upload},
      {"upload_slots", status.upload_slots},
      {"connections", {{"used", status.connections}, {"most", status.max_connections}}}};
  out["connections"] = {{"outgoing", status.dialled}, {"incoming", status.accepted}};
  out["fetching"] = status.fetching;
  out["offering"] = status.offering;
  out["transfers"] = Json::array();
  for (const TransferStatus& one : status.transfers) out["transfers"].push_back(of_transfer(one));
  const auto column = [](SessionColumn which) { return static_cast<std::size_t>(which); };
  out["history"] = {
      {"seconds_ago", rounded(view.history.seconds_ago())},
      {"received_per_second", rounded(view.history.rate(column(SessionColumn::received)))},
      {"sent_per_second", rounded(view.history.rate(column(SessionColumn::sent)))},
      {"connections", rounded(view.history.gauge(column(SessionColumn::connections)))}};
  out["log"] = Json::array();
  for (const LogLine& line : view.log) {
    const std::chrono::duration<double> at = line.at.time_since_epoch();
    out["log"].push_back({{"time", at.count()}, {"text", line.text}});
  }
  return to_text(out);
}

}  // namespace shoal::status
