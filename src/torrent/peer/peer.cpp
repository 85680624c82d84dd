#include "torrent/peer/peer.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace shoal::torrent {
namespace {

/// Asks for the headers of all blocks at once. What the system has received is not in the nearest
/// caches, and the wait for one header after the other was a sixteenth of what a loop thread did.
void prefetch_headers(BytesView frames) {
  constexpr std::size_t kFrame = wire::kPieceHeader + kBlockLength;
  for (std::size_t at = 0; at < frames.size(); at += kFrame) __builtin_prefetch(&frames[at]);
}

/// What it takes of a turn: extended messages are parsed, and hashes collected.
std::size_t weight_of(const wire::Message& message) {
  if (std::holds_alternative<wire::Piece>(message)) return 0;
  const bool costly = std::holds_alternative<wire::Extended>(message) ||
                      std::holds_alternative<wire::HashRequest>(message);
  return costly ? 10 : 1;
}

}  // namespace

Result<void> Peer::handle(const wire::Message& message, Time now) {
  const std::size_t before = received();
  auto outcome = protocol_->handle(message, now);
  came(received() - before, now);
  return outcome;
}

Result<void> Peer::decode(ReceiveBuffer& incoming, std::size_t bitfield_bytes, Time now) {
  prefetch_headers(incoming.pending());
  const std::size_t before = received();
  Result<void> outcome;
  talk_ = 0;
  while (!closing && !protocol_->is_behind() && !says_more()) {
    auto step = wire::decode(incoming.pending(), bitfield_bytes);
    if (!step) {
      outcome = std::unexpected(step.error());
      break;
    }
    if (const auto* more = std::get_if<wire::NeedMore>(&*step)) {
      frame_ = more->total;
      break;
    }
    const auto& [message, used] = std::get<wire::Decoded>(*step);
    if (outcome = protocol_->handle(message, now); !outcome) break;
    incoming.decoded(used);
    talk_ += weight_of(message);
  }
  if (received() > 0 && (memory_.empty() || memory_.back() != incoming.share())) {
    memory_.push_back(incoming.share());
  }
  came(received() - before, now);
  return outcome;
}

BatchPtr Peer::take_received(BatchPool& pool) {
  if (received() == 0) return nullptr;
  BatchPtr batch = pool.take();
  batch->from = sender();
  batch->blocks.swap(protocol_->received());
  batch->memory.swap(memory_);
  return batch;
}

std::uint64_t Peer::choose_blocks(std::size_t most) {
  const std::size_t before = chosen_.size();
  protocol_->uploads().take(most, chosen_);
  std::uint64_t bytes = 0;
  for (std::size_t i = before; i < chosen_.size(); ++i) bytes += chosen_[i].length;
  return bytes;
}

bool Peer::next_write(WriteBatch& out, std::size_t most_blocks) {
  out.messages.clear();
  out.blocks.clear();
  if (!has_something_to_write()) return false;
  protocol_->tell_haves();
  protocol_->empty_outbox(out.messages);
  out.blocks.swap(chosen_);
  out.usual_blocks = std::min(pacer_.blocks(), most_blocks);
  return !out.messages.empty() || !out.blocks.empty();
}

void Peer::written(const WriteBatch& batch, std::uint64_t bytes, Duration took, Time now) {
  protocol_->sent(now);
  protocol_->sent(batch.blocks);
  moved(bytes, now);
  sent_bytes_ += bytes;
  pacer_.wrote(batch.blocks.size(), took);
}

}  // namespace shoal::torrent
