// Torrent: what comes in, until the file is whole.
#include <algorithm>

#include "torrent/torrent.hpp"

namespace shoal::torrent {

void Torrent::start() {
  // Files of one piece need no layer: the root is their layer.
  if (download_ != nullptr && download_->picks()) actions_.check_disk = checks_ = true;
}

void Torrent::layers_proven() {
  if (download_->take_layers()) {
    for (const auto& [key, peer] : peers_) {
      if (PeerProtocol* protocol = peer->protocol()) protocol->count_pieces();
    }
  }
  actions_.check_disk = checks_ = true;
}

// ---- the disk ---------------------------------------------------------------

void Torrent::on_check_begins() {
  if (download_ != nullptr) download_->begin_check();
}

std::optional<FileOfPieces> Torrent::next_to_check() {
  if (closed_ || download_ == nullptr) return std::nullopt;
  return download_->next_to_check();
}

void Torrent::on_checked(PieceIndex piece, bool here, Time now) {
  if (closed_ || download_ == nullptr) return;
  download_->judged(piece, here);
  if (here) announce(piece, now);
}

void Torrent::on_check_done(Time now) {
  if (closed_ || download_ == nullptr) return;
  checks_ = false;
  if (content_.complete()) {
    actions_.finish = true;
  } else {
    ask_for_more(now);
  }
  look_what_holds(now);
}

void Torrent::doubt_disk() {
  if (download_ != nullptr) download_->doubt();
}

void Torrent::doubt_file(FileIndex file) {
  const auto where = content_.space().file(file);
  if (download_ != nullptr && where) download_->doubt(*where);
}

std::optional<PieceIndex> Torrent::take_doubt() {
  return download_ == nullptr ? std::nullopt : download_->take_doubt();
}

void Torrent::take_back(PieceIndex piece) {
  if (download_ == nullptr) return;
  download_->lost(piece);
  for (const auto& [key, peer] : peers_) {
    PeerProtocol* protocol = peer->protocol();
    if (protocol == nullptr) continue;
    protocol->lost(piece);
    if (!protocol->outbox().empty()) wake(*peer);
  }
}

void Torrent::on_copied(FileIndex file, Time now) {
  const auto where = content_.space().file(file);
  if (closed_ || !where || content_.wants(*where)) return;
  content_.add_copy(*where);
  for (std::uint32_t i = 0; i < where->geometry.pieces(); ++i) {
    announce(where->in_torrent(PieceIndex{i}), now);
  }
}

void Torrent::on_finished() {
  for (const auto& [key, peer] : peers_) {
    if (PeerProtocol* protocol = peer->protocol()) {
      protocol->download_ended();
      wake(*peer);
    }
  }
  download_.reset();
  account_.stopped();
}

// ---- blocks -----------------------------------------------------------------

void Torrent::on_stored(BatchPtr batch, const Result<void>& written, Time now) {
  batch->memory.clear();  // first of all, so that what happens below may use it again
  const bool full = !may_receive();
  unstored_ -= batch->blocks.size() * kBlockLength;
  account_.stored(batch->hashing, batch->writing);
  if (full && may_receive()) actions_.readable = true;
  if (!written) {
    give_up(written.error());
  } else {
    for (std::size_t i = 0; i < batch->blocks.size(); ++i) {
      stored(batch->from, batch->blocks[i].block, batch->leaves[i], now);
    }
  }
  judged(batch->from);
  batches_.give_back(std::move(batch));
  look_what_holds(now);
}

/// A batch of theirs. One that has left is not dialled before (PeerDirectory::awaits_verdicts()).
void Torrent::judged(const Sender& from) {
  if (Peer* peer = find(from.connection)) {
    --peer->unjudged;
  } else if (from.dialled) {
    directory_.judged(from.endpoint);
  }
}

void Torrent::stored(const Sender& from, BlockRef block, const Digest& leaf, Time now) {
  if (closed_ || download_ == nullptr) return;
  const std::uint64_t came = content_.space().size(block);
  arrived_ += came;
  budget_.moved.received += came;
  const Download::Outcome outcome = download_->stored(block, leaf, from);
  if (outcome.proven && outcome.from_one) reputation_.good(from.endpoint);
  for (const Sender& liar : outcome.guilty) punish(liar, block.piece, now);
  if (outcome.failed) {
    budget_.moved.wrong += content_.space().size(block.piece);
    ask_for_more(now);
  }
  if (!outcome.proven) return;
  const std::uint64_t proven = content_.space().size(block.piece);
  fetched_ += proven;
  budget_.moved.proven += proven;
  announce(block.piece, now);
  if (content_.complete()) actions_.finish = true;
}

/// Tells everybody, together with what else there is to tell in the next moment.
void Torrent::announce(PieceIndex piece, Time now) {
  for (const auto& [key, peer] : peers_) {
    if (PeerProtocol* protocol = peer->protocol()) protocol->announce(piece);
  }
  const Duration longest = have_wait_.proven(now);
  if (!haves_due_) haves_due_ = now + longest;
}

void Torrent::tell_haves() {
  haves_due_.reset();
  for (const auto& [key, peer] : peers_) {
    PeerProtocol* protocol = peer->protocol();
    if (protocol == nullptr) continue;
    protocol->tell_haves();
    if (!protocol->outbox().empty()) wake(*peer);
  }
}

// ---- asking -----------------------------------------------------------------

void Torrent::ask_for_more(Time now) {
  for (const auto& [key, peer] : peers_) {
    if (PeerProtocol* protocol = peer->protocol(); protocol != nullptr && !peer->closing) {
      protocol->ask_for_more(now);
      wake_if_it_writes(*peer);
    }
  }
}

bool Torrent::may_ask(ConnectionKey peer) {
  if (!budget_.down.limited()) return true;
  budget_.down.line_up(peer, id_);
  return false;
}

std::uint64_t Torrent::on_download_turn(ConnectionKey key, std::uint64_t bytes, Time now) {
  Peer* peer = find_open(key);
  if (peer == nullptr || peer->closing) return 0;
  PeerProtocol& protocol = *peer->protocol();
  const std::size_t asked = protocol.ask_at_most(bytes / kBlockLength, now);
  if (asked == 0) return 0;
  wake(*peer);
  protocol.ask_for_more(now);  // in the line again
  look_what_holds(now);
  return asked * kBlockLength;
}

void Torrent::not_coming(std::size_t blocks) {
  budget_.down.give_back(blocks * kBlockLength);
}

void Torrent::cancel_elsewhere(ConnectionKey other, BlockRef block) {
  Peer* peer = find_open(other);
  if (peer == nullptr) return;
  peer->protocol()->cancel(block);
  wake(*peer);
}

bool Torrent::held_back() const {
  return std::ranges::any_of(peers_,
                             [&](const auto& entry) { return budget_.down.waits(entry.first); });
}

}  // namespace shoal::torrent
