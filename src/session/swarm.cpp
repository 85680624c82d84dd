#include "session/swarm.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include "net/spawn.hpp"
#include "torrent/peers/crowding.hpp"

namespace shoal::session {

using namespace torrent;
namespace {

constexpr std::size_t kMostDialled = 40;  // more peers than that bring nothing (swarm policy, C3)
constexpr Duration kBan = std::chrono::minutes(10);      // for lies
constexpr Duration kShortBan = std::chrono::minutes(1);  // for breaking the protocol
// Of no use for that long, a connection makes room: for somebody who comes, or to dial another.
constexpr Duration kIdleWhenFull = std::chrono::seconds(10);
constexpr Duration kIdleWhenDialling = std::chrono::seconds(60);

}  // namespace

Swarm::Swarm(Environment& environment, Content content, storage::File file, SwarmEvents events)
    : environment_(environment),
      content_(std::move(content)),
      whole_(std::move(file)),
      looked_(environment.executor),
      revealer_(std::in_place, content_.geometry(), environment.random()),
      events_(std::move(events)),
      directory_(environment.random()),
      backlog_shrank_(environment.executor),
      haves_timer_(environment.executor) {}

Swarm::Swarm(Environment& environment, Content content, storage::PartFile part, SwarmEvents events)
    : environment_(environment),
      content_(std::move(content)),
      part_(std::move(part)),
      watch_(std::in_place, *part_, content_.geometry().length()),
      looked_(environment.executor),
      download_(std::make_unique<Download>(content_, environment.random())),
      events_(std::move(events)),
      directory_(environment.random()),
      backlog_shrank_(environment.executor),
      haves_timer_(environment.executor) {}

Swarm::~Swarm() = default;

std::size_t Swarm::peers() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      connections_, [](const auto& entry) { return entry.second->protocol() != nullptr; }));
}

bool Swarm::held_back() const {
  return std::ranges::any_of(
      connections_, [&](const auto& entry) { return environment_.downloads.waits(entry.first); });
}

std::filesystem::path Swarm::path() const {
  return part_ ? part_->final_path() : std::filesystem::path();
}

const storage::File& Swarm::file() const {
  return part_ ? part_->file() : *whole_;
}

wire::Handshake Swarm::our_handshake() const {
  return {.info_hash = truncated(content_.info_hash()), .peer_id = environment_.peer_id};
}

// ---- connections ------------------------------------------------------------

Swarm::ConnectionPtr Swarm::new_connection(net::Stream stream) {
  const ConnectionKey key{++environment_.last_key};
  auto connection =
      std::make_shared<PeerConnection>(shared_from_this(), key, std::move(stream), Clock::now());
  connections_.emplace(key, connection);
  ++environment_.connections;
  return connection;
}

void Swarm::adopt(net::Stream stream, const wire::Handshake& theirs) {
  const Time now = Clock::now();
  const IpAddress address = stream.remote().address;
  if (closed_ || directory_.banned(address, now)) return;
  const bool full = environment_.connections >= environment_.max_connections;
  if (full || !environment_.accepted.admits(address)) {
    const auto in_the_way = [&](PeerConnection& other) {
      return full || other.remote().address == address;
    };
    if (!make_room(kIdleWhenFull, now, in_the_way)) return;
  }
  environment_.accepted.enters(address);
  net::spawn(environment_.executor,
             PeerConnection::accept(new_connection(std::move(stream)), theirs));
}

void Swarm::add_peers(std::span<const Endpoint> peers) {
  for (const Endpoint& peer : peers) directory_.add(peer);
  dial_peers(Clock::now());
}

void Swarm::addresses_changed(std::span<const IpAddress> gone) {
  directory_.start_anew();
  for (const auto& [key, connection] : connections_) {
    if (std::ranges::find(gone, connection->local().address) != gone.end())
      connection->close("this machine has lost its address");
  }
  dial_peers(Clock::now());
}

bool Swarm::make_room(Duration patience, Time now,
                      const std::function<bool(PeerConnection&)>& in_the_way) {
  std::vector<Occupant> occupants;
  for (const auto& [key, connection] : connections_) {
    if (connection->closing() || !in_the_way(*connection)) continue;
    occupants.push_back({key, connection->remote().address, connection->useful_at()});
  }
  const auto victim = whom_to_leave(occupants, patience, now);
  if (!victim) return false;
  connections_.at(*victim)->close("of no use, and others wait");
  return true;
}

void Swarm::dial_peers(Time now) {
  if (closed_ || download_ == nullptr || content_.complete()) return;
  if (dialled_ >= kMostDialled && directory_.anybody_due(now)) {
    make_room(kIdleWhenDialling, now, [](PeerConnection& connection) {
      return connection.protocol() != nullptr && connection.protocol()->dialled();
    });
  }
  // Places stay free for those who come to us, and for others at the peers that we go to.
  const std::size_t most = std::max<std::size_t>(environment_.max_connections * 4 / 5, 1);
  while (dialled_ < kMostDialled && environment_.connections < most) {
    const auto peer = directory_.next_to_dial(now);
    if (!peer) return;
    ++dialled_;
    auto connection = new_connection(net::Stream(environment_.executor, environment_.tls));
    net::spawn(environment_.executor, PeerConnection::dial(std::move(connection), *peer));
  }
}

bool Swarm::welcome(PeerConnection& connection, const PeerId& peer, bool dialled) {
  if (peer == environment_.peer_id) {
    if (connection.listens_at) {
      directory_.ban(*connection.listens_at, kBan, Clock::now(), PeerTrouble::ourselves);
    }
    connection.close("that is ourselves");
    return false;
  }
  const Time now = Clock::now();
  for (const auto& [key, other] : connections_) {
    const PeerProtocol* protocol = other->protocol();
    if (protocol == nullptr || other->closing() || protocol->peer_id() != peer) continue;
    if (other->remote().address != connection.remote().address) continue;  // a stranger with its id
    const Twins twins{.old_dialled = protocol->dialled(),
                      .new_dialled = dialled,
                      .our_id_is_smaller = environment_.peer_id < peer,
                      .silence = now - std::max(protocol->heard_at(), other->useful_at())};
    if (!new_one_stays(twins)) {
      connection.close("connected already");
      return false;
    }
    other->close("connected twice");
  }
  if (connection.listens_at) directory_.connected(*connection.listens_at);
  return true;
}

void Swarm::listens_at(ConnectionKey peer, const Endpoint& endpoint, Time now) {
  const auto found = connections_.find(peer);
  if (found == connections_.end()) return;
  if (directory_.banned(endpoint, now)) return found->second->close("banned");
  found->second->listens_at = endpoint;
  directory_.connected(endpoint);
}

void Swarm::learned(const wire::Pex& pex) {
  if (download_ == nullptr) return;
  for (const wire::PexPeer& peer : pex.added) directory_.add(peer.endpoint);
}

void Swarm::misbehaved(PeerConnection& connection, const Error& how) {
  spdlog::info("{}: peer {}: {}", content_.file().name, connection.protocol()->remote().to_string(),
               how.message);
  const Time now = Clock::now();
  const bool lied = how.code == Errc::unprovable;
  if (lied) {
    ++liars_;
    const IpAddress& address = connection.remote().address;
    const auto& sender = connection.sender();
    tell_of(sender ? Endpoint{sender->address, sender->port}
                   : connection.listens_at.value_or(Endpoint{address, 0}));
  }
  // One that comes to us can name another port each time.
  const IpAddress& address = connection.remote().address;
  const bool again = !connection.protocol()->dialled() && directory_.bans_liar_at(address, now);
  if (lied && again) directory_.ban(address, kBan, now);
  if (connection.listens_at) {
    directory_.ban(*connection.listens_at, lied ? kBan : kShortBan, now,
                   lied ? PeerTrouble::wrong_data : PeerTrouble::shut_out);
  } else if (lied) {
    directory_.ban(address, kBan, now);
  }
}

/// To the owner, once for each; who comes with a new port each time is not told for ever.
void Swarm::tell_of(const Endpoint& liar) {
  constexpr std::size_t kMostTold = 100;
  if (told_of_.size() >= kMostTold || !told_of_.insert(liar).second) return;
  if (!events_.on_wrong_data) return;
  events_.on_wrong_data(liar.port == 0 ? liar.address.to_string() : liar.to_string());
}

/// Some piece that is missing can be had nowhere else, as far as we are shown. Null: one that has
/// left.
bool Swarm::is_only_source(const PeerProtocol* peer) const {
  if (download_ == nullptr) return false;
  for (std::uint32_t i = 0; i < content_.geometry().pieces(); ++i) {
    if (content_.have().test(i)) continue;
    const bool shown = peer != nullptr && peer->pieces().test(i);
    if (peer != nullptr && !shown && !peer->is_origin()) continue;
    if (download_->picker().availability(PieceIndex{i}) <= (shown ? 1u : 0u)) return true;
  }
  return false;
}

/// Who sends a wrong piece is shut out. One that others cannot stand in for, and that was right
/// more often than wrong, may have a bad spot on its disk: it is asked for its other pieces.
void Swarm::punish(const Sender& liar, PieceIndex piece) {
  const Endpoint endpoint{liar.address, liar.port};
  tell_of(endpoint);
  reputation_.wrong(endpoint, piece);
  const auto found = connections_.find(liar.connection);
  if (found == connections_.end() || found->second->closing()) return punish_afterwards(liar);
  PeerProtocol& peer = *found->second->protocol();
  if (!reputation_.is_liar(endpoint) && is_only_source(&peer)) {
    spdlog::info("{}: peer {}: sent piece {} wrong; is asked for others", content_.file().name,
                 peer.remote().to_string(), value(piece));
    return peer.doubt(piece, Clock::now());
  }
  misbehaved(*found->second, {Errc::unprovable, "sent a block that is not the file's"});
  found->second->close("sent wrong data");
}

void Swarm::convicted(PieceIndex piece, std::span<const Sender> liars, Time) {
  for (const Sender& liar : liars) punish(liar, piece);
}

/// What was wrong may be right another time; that is tried last of all, and a few times only.
void Swarm::ask_again_for_doubted(Time now) {
  constexpr Duration kPause = std::chrono::seconds(1);
  if (download_ == nullptr) return;
  for (const auto& [key, connection] : connections_) {
    PeerProtocol* const peer = connection->protocol();
    if (peer == nullptr || !connection->sender()) continue;
    const auto idle_since = peer->idle_since_doubt();
    if (!idle_since || now - *idle_since < kPause) continue;
    const Endpoint endpoint{connection->sender()->address, connection->sender()->port};
    const std::vector<PieceIndex> doubted(peer->doubted().begin(), peer->doubted().end());
    for (const PieceIndex piece : doubted) {
      if (!content_.has(piece) && reputation_.may_try_again(endpoint, piece)) {
        peer->trust_again(piece);
      }
    }
    peer->ask_for_more(now);
    connection->wake();
  }
}

/// One who has the whole file shows it bit by bit, and is slow perhaps: what is still to come from
/// there is not lost. But what was wrong from there may be shown no more for that.
bool Swarm::somebody_may_show(PieceIndex piece) const {
  return std::ranges::any_of(connections_, [&](const auto& entry) {
    PeerProtocol* const peer = entry.second->protocol();
    if (peer == nullptr || !peer->is_origin()) return false;
    const auto& at = entry.second->listens_at;
    const Endpoint sender{peer->remote().address, at ? at->port : std::uint16_t{}};
    return !reputation_.sent_wrong(sender, piece);
  });
}

std::size_t Swarm::unprovable() const {
  const std::size_t missing = content_.geometry().pieces() - content_.have().count();
  if (download_ == nullptr || !download_->ready() || reputation_.pieces_wrong() < missing) return 0;
  for (std::uint32_t i = 0; i < content_.geometry().pieces(); ++i) {
    const PieceIndex piece{i};
    if (content_.has(piece)) continue;
    if (!reputation_.was_wrong(piece) || download_->picker().availability(piece) > 0) return 0;
    if (somebody_may_show(piece)) return 0;
  }
  return missing;
}

/// Of one that left before it was found out, and perhaps is back.
void Swarm::punish_afterwards(const Sender& liar) {
  const Endpoint endpoint{liar.address, liar.port, liar.scope};
  const Time now = Clock::now();
  if (directory_.banned(endpoint, now) || directory_.banned(liar.address, now)) return;
  if (!reputation_.is_liar({liar.address, liar.port}, 0) && is_only_source(nullptr)) return;
  spdlog::info("{}: peer {}: has left, and had sent a block that is not the file's",
               content_.file().name, endpoint.to_string());
  ++liars_;
  if (liar.port == 0) return directory_.ban(liar.address, kBan, now);
  directory_.ban(endpoint, kBan, now, PeerTrouble::wrong_data);
  for (const auto& [key, connection] : connections_) {
    if (connection->listens_at == endpoint) connection->close("banned");
  }
}

void Swarm::closed(PeerConnection& connection, const std::string& reason) {
  const Time now = Clock::now();
  const PeerProtocol* protocol = connection.protocol();
  const bool useful = protocol != nullptr && protocol->blocks_received() > 0;
  const bool dialled =
      protocol == nullptr ? connection.listens_at.has_value() : protocol->dialled();
  if (connection.listens_at) {
    spdlog::debug("{}: peer {}: closed: {}", content_.file().name,
                  connection.listens_at->to_string(), reason);
  }
  if (dialled) {
    --dialled_;
  } else {
    environment_.accepted.leaves(connection.remote().address);
  }
  --environment_.connections;
  environment_.uploads.leave(connection.key());
  environment_.downloads.leave(connection.key());
  connections_.erase(connection.key());
  const bool still_connected = std::ranges::any_of(connections_, [&](const auto& entry) {
    return entry.second->listens_at == connection.listens_at;
  });
  if (connection.listens_at && !still_connected) {
    directory_.ended(*connection.listens_at, useful, now, connection.trouble());
  }
  if (protocol != nullptr && !closed_) {
    for (const PieceIndex piece : protocol->sent_in_vain()) doubts_.add(piece, now);
  }
  if (revealer_) revealer_->left(connection.key());
  environment_.slots.leaves(connection.key(), now);
  if (download_ != nullptr && !closed_) {
    everybody_asks(now);
    dial_peers(now);
  }
}

void Swarm::tick(Time now) {
  for (const auto& [key, connection] : connections_) {
    connection->tick(now);
    if (revealer_ && environment_.uploads.waits(key)) revealer_->held_back(key, now);
  }
  serve_slots(now);
  dial_peers(now);
  exchange_peers(now);
  if (revealer_) revealer_->take_back_idle(now);
  reveal_more(now);
  ask_again_for_doubted(now);
  look_at_doubts(now);
}

void Swarm::resumed(Time now) {
  directory_.start_anew();
  for (const auto& [key, connection] : connections_) connection->resumed(now);
}

/// Tells peers of each other, where they want that (ut_pex).
void Swarm::exchange_peers(Time now) {
  std::vector<PeerConnection*> asking;
  for (const auto& [key, connection] : connections_) {
    const PeerProtocol* protocol = connection->protocol();
    if (protocol != nullptr && protocol->wants_peers(now)) asking.push_back(connection.get());
  }
  if (asking.empty()) return;
  std::vector<wire::PexPeer> connected;
  for (const auto& [key, connection] : connections_) {
    const PeerProtocol* protocol = connection->protocol();
    if (protocol == nullptr || !connection->listens_at) continue;
    const int flags = (protocol->is_seed() ? wire::kPexSeed : 0) |
                      (protocol->dialled() ? wire::kPexReachable : 0);
    connected.push_back({*connection->listens_at, static_cast<std::uint8_t>(flags)});
  }
  std::ranges::sort(connected, {}, &wire::PexPeer::endpoint);
  const auto repeated = std::ranges::unique(connected, {}, &wire::PexPeer::endpoint);
  connected.erase(repeated.begin(), repeated.end());
  for (PeerConnection* connection : asking) {
    PeerProtocol& protocol = *connection->protocol();
    protocol.tell_peers(connected, connection->listens_at.value_or(protocol.remote()), now);
    connection->wake();
  }
}

// ---- what a seeder shows ----------------------------------------------------

bool Swarm::reveals_to(ConnectionKey peer) {
  if (!revealer_) return false;
  const bool hide = !revealer_->open();
  revealer_->joined(peer);
  // It cannot be interested before it was shown something, nor is it shown anything while choked.
  const Time now = Clock::now();
  if (environment_.slots.limited()) revealer_->choked(peer, true, now);
  environment_.slots.wants(peer, now);
  return hide;
}

void Swarm::interested(ConnectionKey peer, bool wants, Time now) {
  if (wants) {
    environment_.slots.wants(peer, now);
  } else if (!revealer_ || revealer_->open()) {
    environment_.slots.leaves(peer, now);
  }
  serve_slots(now);
}

void Swarm::serve_slots(Time now) {
  if (!environment_.slots.limited()) return;
  environment_.slots.rotate(now);
  slots_changed(now);
}

void Swarm::slots_changed(Time now) {
  for (const auto& [key, connection] : connections_) {
    PeerProtocol* protocol = connection->protocol();
    if (protocol == nullptr) continue;
    const bool choked = !environment_.slots.holds(key);
    protocol->set_choked(choked);
    if (revealer_) revealer_->choked(key, choked, now);
    if (!protocol->outbox().empty()) connection->wake();
  }
}

void Swarm::announced(ConnectionKey peer, PieceIndex piece, Time now) {
  if (revealer_) revealer_->announced(peer, piece, now);
  reveal_more(now);
}

void Swarm::announced(ConnectionKey peer, const Bitfield& pieces, Time now) {
  if (revealer_) revealer_->announced(peer, pieces);
  reveal_more(now);
}

void Swarm::requested(ConnectionKey peer, PieceIndex piece, Time now) {
  if (revealer_) revealer_->requested(peer, piece, now);
}

void Swarm::uploaded(ConnectionKey to, std::span<const wire::BlockRange> blocks, Time now) {
  for (const wire::BlockRange& block : blocks) sent_ += block.length;
  if (!revealer_) return;
  for (const wire::BlockRange& block : blocks) {
    revealer_->sent(to, PieceIndex{block.piece}, block.length, now);
  }
  reveal_more(now);
}

void Swarm::reveal_more(Time now) {
  if (!revealer_) return;
  reveals_.clear();
  revealer_->next(now, reveals_);
  for (const auto& [key, piece] : reveals_) {
    const auto found = connections_.find(key);
    if (found == connections_.end() || found->second->protocol() == nullptr) continue;
    if (!content_.has(piece)) continue;  // rotten
    found->second->protocol()->reveal(piece);
    found->second->wake();
  }
}

void Swarm::everybody_asks(Time now) {
  for (const auto& [key, connection] : connections_) {
    if (PeerProtocol* protocol = connection->protocol()) {
      protocol->ask_for_more(now);
      connection->wake();
    }
  }
}

bool Swarm::may_ask(ConnectionKey peer) {
  if (!environment_.downloads.limited()) return true;
  environment_.downloads.wait(peer, key_, [this, peer](std::uint64_t bytes, Time now) {
    return ask_in_turn(peer, bytes, now);
  });
  return false;
}

std::uint64_t Swarm::ask_in_turn(ConnectionKey peer, std::uint64_t bytes, Time now) {
  const auto found = connections_.find(peer);
  if (found == connections_.end() || found->second->protocol() == nullptr) return 0;
  PeerProtocol& protocol = *found->second->protocol();
  const std::size_t asked = protocol.ask_at_most(bytes / kBlockLength, now);
  if (asked == 0) return 0;
  found->second->wake();
  protocol.ask_for_more(now);  // in the line again
  return asked * kBlockLength;
}

void Swarm::not_coming(std::size_t blocks) {
  environment_.downloads.give_back(blocks * kBlockLength);
}

void Swarm::cancel_elsewhere(ConnectionKey other, BlockRef block) {
  const auto found = connections_.find(other);
  if (found == connections_.end() || found->second->protocol() == nullptr) return;
  found->second->protocol()->cancel(block);
  found->second->wake();
}

void Swarm::close() {
  closed_ = true;
  events_ = {};
  haves_timer_.cancel();
  if (part_ && !settling_ && content_.bytes() == 0) part_->discard_if_new();
  for (const auto& [key, connection] : connections_) connection->close("we are leaving");
}

void Swarm::give_up(const Error& reason) {
  if (closed_) return;
  const SwarmEvents events = std::exchange(events_, {});
  close();
  if (events.on_failed) events.on_failed(reason);
}

}  // namespace shoal::session
