#include "torrent/torrent.hpp"

#include <algorithm>
#include <utility>

#include "torrent/peer_limits.hpp"

namespace shoal::torrent {
namespace {

constexpr Duration kHandshakeTime = std::chrono::seconds(10);
constexpr Duration kLookEvery = std::chrono::milliseconds(250);

}  // namespace

Torrent::Torrent(SwarmKey id, Content content, Role role, Budget& budget, const SelfInfo& self,
                 std::uint64_t seed)
    : id_(id), content_(std::move(content)), budget_(budget), self_(self), directory_(seed) {
  if (role == Role::seed) {
    // Whoever wants a part of a folder only would wait for pieces that it is not shown.
    if (!content_.space().tree()) revealer_.emplace(content_.space(), seed);
  } else {
    download_ = std::make_unique<Download>(content_, seed);
  }
}

Torrent::~Torrent() = default;

wire::Handshake Torrent::our_handshake() const {
  return {.info_hash = truncated(content_.info_hash()), .peer_id = self_.peer_id};
}

void Torrent::give_up(const Error& reason) {
  if (closed_) return;
  close();
  actions_.failed = reason;
}

void Torrent::resumed(Time now) {
  directory_.start_anew();
  for (const auto& [key, peer] : peers_) {
    peer->begin_anew(now);
    if (PeerProtocol* protocol = peer->protocol()) {
      protocol->resumed(now);
      wake(*peer);
    }
  }
}

void Torrent::addresses_changed(Time now) {
  directory_.start_anew();
  dial_peers(now);
}

void Torrent::close() {
  closed_ = true;
  haves_due_.reset();
  on_proof_done();  // others go on, and the budget may be gone before the disk has answered
  budget_.leaves.step_out(id_);
  for (const auto& [key, peer] : peers_) close_peer(*peer, "we are leaving");
}

// ---- time -------------------------------------------------------------------

std::optional<Time> Torrent::next_deadline(Time now) const {
  if (closed_) return std::nullopt;
  std::optional<Time> next = haves_due_;
  // What hides in a look at everybody has no deadline of its own yet.
  if (!peers_.empty() || download_ != nullptr || !doubts_.empty()) {
    const Time look = looked_at_ ? *looked_at_ + kLookEvery : now + kLookEvery;
    next = next ? std::min(*next, look) : look;
  }
  return next;
}

void Torrent::on_time(Time now) {
  if (closed_) return;
  if (haves_due_ && now >= *haves_due_) tell_haves();
  look_what_holds(now);
  if (looked_at_ && now - *looked_at_ < kLookEvery) return;
  looked_at_ = now;
  for (const auto& [key, peer] : peers_) look_at(*peer, now);
  if (budget_.slots.limited()) {
    budget_.slots.rotate(now);
    on_slots_changed(now);
  }
  dial_peers(now);
  exchange_peers(now);
  if (revealer_) revealer_->take_back_idle(now);
  reveal_more(now);
  ask_again_for_doubted(now);
  look_at_doubts(now);
}

void Torrent::look_at(Peer& peer, Time now) {
  if (peer.closing) return;
  PeerProtocol* protocol = peer.protocol();
  if (protocol == nullptr) {
    if (now - peer.since() <= kHandshakeTime) return;
    peer.silent = true;
    return close_peer(peer, "no handshake in time");
  }
  const bool waits_for_us = budget_.up.waits(peer.key());
  peer.place().held_back = waits_for_us || budget_.down.waits(peer.key());
  if (revealer_ && waits_for_us) revealer_->held_back(peer.key(), now);
  look_where_it_listens(peer, now);
  if (!may_receive()) return;  // our disk is slow: nothing is read from this peer meanwhile
  if (const auto alive = protocol->tick(now); !alive) {
    if (alive.error().code == Errc::bad_input) return shut_out(peer, alive.error(), now);
    return close_peer(peer, alive.error().message);
  }
  if (!protocol->outbox().empty()) wake(peer);
}

// ---- peers ------------------------------------------------------------------

Peer* Torrent::find(ConnectionKey key) {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : found->second.get();
}

const Peer* Torrent::find(ConnectionKey key) const {
  const auto found = peers_.find(key);
  return found == peers_.end() ? nullptr : found->second.get();
}

Peer* Torrent::find_open(ConnectionKey key) {
  Peer* peer = find(key);
  return peer != nullptr && peer->has_protocol() ? peer : nullptr;
}

Peer& Torrent::new_peer(const Endpoint& remote, bool dialled, Time now) {
  const ConnectionKey key = budget_.new_key();
  Place& place = budget_.places.enter({.key = key,
                                       .swarm = id_,
                                       .party = Party::of(remote.address),
                                       .accepted = !dialled,
                                       .since = now});
  return *peers_.emplace(key, std::make_unique<Peer>(place, remote, dialled, now)).first->second;
}

void Torrent::wake(Peer& peer) {
  if (!std::exchange(peer.woken, true)) actions_.wakes.push_back(peer.key());
}

void Torrent::wake_if_it_writes(Peer& peer) {
  if (peer.has_something_to_write()) wake(peer);
}

void Torrent::close_peer(Peer& peer, std::string reason, bool at_fault) {
  if (std::exchange(peer.closing, true)) return;
  peer.place().leaving = true;
  actions_.closes.push_back({peer.key(), std::move(reason), at_fault});
}

bool Torrent::on_opened(ConnectionKey key, const wire::Handshake& theirs, Time now) {
  Peer* peer = find(key);
  if (peer == nullptr || peer->closing || closed_ || !is_welcome(*peer, theirs.peer_id, now)) {
    return false;
  }
  const bool reveals = shows_bit_by_bit(key, now);
  ++opened_;
  peer->open({.key = key,
              .remote = peer->remote(),
              .dialled = peer->dialled(),
              .theirs = theirs,
              .origin = revealer_.has_value(),
              .reveals = reveals,
              .chokes = budget_.slots.limited(),
              .listen_port = self_.listen_port},
             content_, download_.get(), *this, now);
  wake(*peer);
  if (budget_.slots.limited()) on_slots_changed(now);
  reveal_more(now);
  look_what_holds(now);
  return true;
}

void Torrent::on_closing(ConnectionKey key) {
  Peer* peer = find(key);
  if (peer != nullptr) peer->closing = peer->place().leaving = true;
}

void Torrent::on_closed(ConnectionKey key, Time now, PeerTrouble why) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  if (PeerProtocol* protocol = peer->protocol()) {
    hand_over(*peer);  // the picker counts on them: they came before the end
    protocol->ended();
    --opened_;
    why = PeerTrouble::left;
    if (!closed_) {
      for (const PieceIndex piece : protocol->sent_in_vain()) doubt_piece(piece, now);
    }
  } else if (peer->silent) {
    why = PeerTrouble::silent;
  }
  const bool useful = peer->has_protocol() && peer->protocol()->blocks_received() > 0;
  const std::optional<Endpoint> listened_at = peer->listens_at;
  const Sender from = peer->sender();
  const bool doubted = peer->has_protocol() && !peer->protocol()->doubted().empty();
  const std::size_t unjudged = from.dialled ? peer->unjudged : 0;
  if (from.dialled) --dialled_;
  budget_.up.step_out(key);
  budget_.down.step_out(key);
  budget_.leaves.step_out(key);
  budget_.line.left(key);
  set_being_written(*peer, 0);
  Place& place = peer->place();
  peers_.erase(key);
  budget_.places.leave(place);
  if (listened_at && !listens_somebody_at(*listened_at)) {
    directory_.ended(*listened_at, useful, now, why);
  }
  if (unjudged > 0) directory_.awaits_verdicts(from.endpoint, unjudged);
  if (doubted && !closed_) punish_afterwards(from, now);  // it had the benefit of the doubt
  if (revealer_) revealer_->left(key);
  budget_.slots.leaves(key, now);
  if (budget_.slots.limited()) on_slots_changed(now);
  if (download_ != nullptr && !closed_) {
    ask_for_more(now);
    dial_peers(now);
    look_what_holds(now);
  }
}

// ---- bytes that come --------------------------------------------------------

Torrent::Read Torrent::on_bytes(ConnectionKey key, ReceiveBuffer& incoming, Time now) {
  Peer* peer = find_open(key);
  if (peer == nullptr || peer->closing) return {};
  const std::size_t before = peer->received();
  const std::size_t bitfield_bytes = (content_.space().pieces() + 7) / 8;
  if (const auto good = peer->decode(incoming, bitfield_bytes, now); !good) {
    shut_out(*peer, good.error(), now);
  }
  after_reading(*peer, now);
  const bool blocks = peer->received() > before;
  if (blocks) budget_.line.came(key, (peer->received() - before) * kBlockLength, now);
  if (peer->received() >= WritePacer::kMostBlocks || !blocks) hand_over(*peer);
  look_what_holds(now);
  return {.frame = peer->frame(),
          .talk = !peer->protocol()->outbox().empty(),
          .blocks = blocks,
          .behind = peer->protocol()->is_behind(),
          .messages = peer->talk(),
          .more = peer->says_more()};
}

bool Torrent::may_hear(ConnectionKey key) const {
  const Peer* peer = find(key);
  return peer == nullptr || !peer->has_protocol() || !peer->protocol()->is_behind();
}

void Torrent::on_message(ConnectionKey key, const wire::Message& message, Time now) {
  Peer* peer = find_open(key);
  if (peer == nullptr || peer->closing) return;
  const std::size_t before = peer->received();
  if (const auto good = peer->handle(message, now); !good) shut_out(*peer, good.error(), now);
  after_reading(*peer, now);
  const std::size_t blocks = peer->received() - before;
  if (blocks > 0) budget_.line.came(key, blocks * kBlockLength, now);
  look_what_holds(now);
}

/// For what it has said.
void Torrent::shut_out(Peer& peer, const Error& how, Time now) {
  misbehaved(peer, how, now);
  close_peer(peer, how.message, true);
}

void Torrent::after_reading(Peer& peer, Time now) {
  peer.protocol()->ask_for_more(now);
  start_leaf_requests(peer, now);
  wake_if_it_writes(peer);
}

void Torrent::on_drained(ConnectionKey key) {
  if (Peer* peer = find_open(key)) hand_over(*peer);
}

void Torrent::hand_over(Peer& peer) {
  BatchPtr batch = peer.take_received(batches_);
  if (batch == nullptr) return;
  unstored_ += batch->blocks.size() * kBlockLength;
  ++peer.unjudged;
  actions_.stores.push_back(std::move(batch));
}

void Torrent::start_leaf_requests(Peer& peer, Time now) {
  if (peer.protocol()->leaf_requests().empty()) return;
  for (const merkle::HashRequest& request : std::exchange(peer.protocol()->leaf_requests(), {})) {
    const auto here = content_.piece_to_answer(request);
    if (!here) {  // it has gone
      peer.protocol()->answer_leaves(request, nullptr);
      continue;
    }
    const PieceIndex piece = *here;
    const LeafDesk::Job job{id_, piece};
    const merkle::LayerTree* const kept = budget_.leaves.find(job);
    const bool comes =
        kept == nullptr && budget_.leaves.ask(job, content_.space().size(piece),
                                              {peer.key(), request}, peer.place().party, now);
    if (!comes) peer.protocol()->answer_leaves(request, kept);
  }
}

void Torrent::on_leaves(PieceIndex piece, std::optional<merkle::LayerTree> leaves, Time) {
  if (closed_) return;
  const LeafDesk::Job job{id_, piece};
  for (const auto& [key, request] : budget_.leaves.done(job, std::move(leaves))) {
    Peer* peer = find_open(key);
    if (peer == nullptr || peer->closing) continue;
    peer->protocol()->answer_leaves(request, budget_.leaves.find(job));
    wake(*peer);
  }
}

// ---- bytes that go ----------------------------------------------------------

bool Torrent::next_write(ConnectionKey key, WriteBatch& out, Time) {
  Peer* peer = find_open(key);
  if (peer == nullptr || peer->closing) return false;
  peer->woken = false;
  if (!peer->has_chosen() && !peer->protocol()->uploads().empty()) {
    if (budget_.up.limited()) {
      budget_.up.line_up(key, id_);  // messages go out meanwhile
    } else {
      peer->choose_blocks(blocks_a_write(*peer));
    }
  }
  const bool any = peer->next_write(out, blocks_a_write(*peer));
  const std::size_t room = std::max(out.usual_blocks, out.blocks.size()) * kBlockLength;
  set_being_written(*peer, out.blocks.empty() ? 0 : room);
  return any;
}

void Torrent::on_written(ConnectionKey key, const WriteBatch& batch, Duration took, Time now) {
  std::uint64_t bytes = 0;
  for (const wire::BlockRange& block : batch.blocks) bytes += block.length;
  sent_ += bytes;
  budget_.moved.sent += bytes;
  Peer* peer = find_open(key);
  if (peer == nullptr) return;
  set_being_written(*peer, 0);
  peer->written(batch, bytes, took, now);
  if (!revealer_) return;
  for (const wire::BlockRange& block : batch.blocks) {
    revealer_->sent(key, PieceIndex{block.piece}, block.length, now);
  }
  reveal_more(now);
}

std::uint64_t Torrent::on_upload_turn(ConnectionKey key, std::uint64_t bytes, Time) {
  Peer* peer = find_open(key);
  if (peer == nullptr || peer->closing) return 0;
  const std::uint64_t blocks = bytes / kBlockLength;
  const std::uint64_t taken =
      peer->choose_blocks(std::min<std::uint64_t>(blocks_a_write(*peer), blocks));
  wake(*peer);
  return taken;
}

std::size_t Torrent::unsent_limit(ConnectionKey key) const {
  const Peer* peer = find(key);
  return (peer == nullptr ? 1 : peer->blocks_a_write()) * kBlockLength;
}

}  // namespace shoal::torrent
