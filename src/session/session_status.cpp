#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include <shoal/session_status.hpp>

#include "session/session.hpp"

namespace shoal {
namespace {

using namespace session;

/// Which to show where there are too many: lower comes first.
int rank(const Swarm& swarm) {
  if (swarm.fills()) return 0;
  return swarm.torrent().peers() > 0 ? 1 : 2;
}

MapCell cell_of(std::uint32_t here, std::uint32_t wanted, bool asked) {
  if (here >= wanted) return MapCell::all;
  if (asked && here == 0) return MapCell::asked;
  if (here == 0) return MapCell::none;
  if (here * 3 <= wanted) return MapCell::some;
  return here * 3 <= wanted * 2 ? MapCell::half : MapCell::most;
}

/// What is here, stretch by stretch; of a part of a folder only that part.
std::vector<MapCell> map_of(const torrent::Torrent& torrent) {
  const torrent::Content& content = torrent.content();
  const std::uint32_t pieces = content.space().pieces();
  const auto cells = std::min<std::uint32_t>(pieces, SessionStatus::kMapCells);
  struct Stretch {
    std::uint32_t here = 0;
    std::uint32_t wanted = 0;
    bool asked = false;
  };
  std::vector<Stretch> stretches(cells);
  const auto stretch_of = [&](PieceIndex piece) -> Stretch& {
    return stretches[std::uint64_t{value(piece)} * cells / pieces];
  };
  for (std::uint32_t i = 0; i < pieces; ++i) {
    if (!content.wants(PieceIndex{i})) continue;
    Stretch& stretch = stretch_of(PieceIndex{i});
    ++stretch.wanted;
    if (content.has(PieceIndex{i})) ++stretch.here;
  }
  torrent.visit_peers([&](const torrent::Peer& peer) {
    for (const BlockRef block : peer.protocol()->asked()) stretch_of(block.piece).asked = true;
  });
  std::vector<MapCell> map;
  for (const Stretch& one : stretches)
    if (one.wanted > 0) map.push_back(cell_of(one.here, one.wanted, one.asked));
  return map;
}

PeerStatus status_of(const torrent::Peer& peer, const torrent::Content& content, Time now) {
  const torrent::PeerProtocol& protocol = *peer.protocol();
  PeerStatus status;
  status.address = peer.remote();
  status.client = protocol.client();
  if (status.client.empty()) {
    const auto id = as_text(protocol.peer_id().bytes);
    status.client = std::string(id.substr(0, 8));
  }
  status.dialled = peer.dialled();
  const std::size_t pieces = std::max<std::size_t>(content.space().pieces(), 1);
  status.has = static_cast<double>(protocol.pieces().count()) / static_cast<double>(pieces);
  status.received = protocol.blocks_received() * kBlockLength;
  status.sent = peer.sent_bytes();
  status.chokes_us = protocol.chokes_us();
  status.choked = protocol.chokes();
  status.asked = protocol.asked().size();
  status.waiting = protocol.uploads().size();
  status.since = std::chrono::duration_cast<std::chrono::milliseconds>(now - peer.since());
  return status;
}

/// Without its peers.
TransferStatus status_of(const Swarm& swarm, Time now) {
  const torrent::Torrent& torrent = swarm.torrent();
  const torrent::Content& content = swarm.content();
  TransferStatus status;
  status.name = content.file().name;
  status.path = swarm.path();
  status.fetching = swarm.fills();
  status.length = content.wanted_bytes();
  status.here = content.bytes();
  if (content.file().folder) {
    status.files = content.files().wanted();
    status.of_files = content.files().all();
  }
  status.files_here = content.files().whole();
  status.received = torrent.arrived();
  status.sent = torrent.sent();
  status.known = torrent.known_peers();
  status.connected = torrent.peers();
  if (status.fetching) {
    status.map = map_of(torrent);
    status.held_by = torrent::parts_of(torrent.held_by(now));
  }
  return status;
}

}  // namespace

SessionStatus Session::totals() const {
  const torrent::Budget& budget = context_->environment()->budget;
  const torrent::Moved& moved = budget.moved;
  SessionStatus out;
  out.listens = address_;
  out.trackers = context_->trackers();
  out.totals = {moved.received, moved.proven, moved.wrong, moved.sent};
  out.limits = limits_;
  out.upload_slots = budget.slots.most();
  out.connections = budget.places.taken();
  out.max_connections = budget.places.most();
  out.torrents = context_->torrents().all().size();
  return out;
}

SessionStatus Session::status() const {
  const Time now = Clock::now();
  SessionStatus out = totals();
  std::array<std::vector<const Swarm*>, 3> ranked;
  for (const auto& [hash, swarm] : context_->torrents().all()) {
    std::vector<const Swarm*>& alike = ranked[static_cast<std::size_t>(rank(*swarm))];
    if (alike.size() < SessionStatus::kMostTransfers) alike.push_back(swarm.get());
    ++(swarm->fills() ? out.fetching : out.offering);
    swarm->torrent().visit_peers(
        [&](const torrent::Peer& peer) { ++(peer.dialled() ? out.dialled : out.accepted); });
  }
  std::size_t peers = 0;
  for (const std::vector<const Swarm*>& alike : ranked) {
    for (const Swarm* swarm : alike) {
      if (out.transfers.size() == SessionStatus::kMostTransfers) return out;
      TransferStatus& transfer = out.transfers.emplace_back(status_of(*swarm, now));
      swarm->torrent().visit_peers([&](const torrent::Peer& peer) {
        if (peers == SessionStatus::kMostPeers) return;
        ++peers;
        transfer.peers.push_back(status_of(peer, swarm->content(), now));
      });
    }
  }
  return out;
}

}  // namespace shoal
