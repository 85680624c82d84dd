#include "torrent/download/download.hpp"

namespace shoal::torrent {

Download::Download(Content& content, std::uint64_t seed)
    : content_(content),
      layer_fetch_(content.geometry(), content.file().root),
      leaf_fetch_(content.geometry(), content.file().root),
      picker_(content.geometry(), content.have(), seed),
      assembly_(content.geometry()),
      in_doubt_(content.geometry().pieces()) {
  if (content.layers() != nullptr) layer_fetch_.skip();
}

void Download::found_on_disk(PieceIndex piece) {
  content_.add(piece);
  picker_.proven(piece);
}

void Download::begin_check() {
  picker_.begin_check();
  ready_ = true;
}

void Download::judged(PieceIndex piece, bool here) {
  if (here && !content_.has(piece)) content_.add(piece);
  picker_.judged(piece, here);
}

void Download::doubt() {
  for (std::uint32_t index = 0; index < in_doubt_.size(); ++index) {
    // Before the start any piece may be being looked at.
    if (!ready_ || !picker_.waits(PieceIndex{index})) in_doubt_.set(index);
  }
}

std::optional<PieceIndex> Download::next_doubt(std::uint32_t from) const {
  if (in_doubt_.none()) return std::nullopt;
  for (std::uint32_t index = from; index < in_doubt_.size(); ++index) {
    if (in_doubt_.test(index) && content_.has(PieceIndex{index})) return PieceIndex{index};
  }
  return std::nullopt;
}

std::optional<PieceIndex> Download::take_doubt() {
  auto next = next_doubt(doubts_before_);
  if (!next) next = next_doubt(0);  // once around
  if (!next) return std::nullopt;
  in_doubt_.reset(value(*next));
  doubts_before_ = value(*next) + 1;
  return next;
}

void Download::lost(PieceIndex piece) {
  content_.remove(piece);
  picker_.lost(piece);
}

Download::Outcome Download::stored(BlockRef block, const Digest& leaf, const Sender& from) {
  Outcome outcome;
  if (!assembly_.add(block, leaf, from)) return outcome;  // more blocks of the piece are to come
  const PieceIndex piece = block.piece;
  const merkle::LayerTree& layers = *content_.layers();
  const bool right = assembly_.fold(piece) == layers.node(layers.level(), value(piece));
  PieceAttempt attempt = assembly_.take(piece);
  outcome.from_one = attempt.senders.size() == 1;
  if (right) {
    outcome.proven = true;
    outcome.guilty = blame_.proven(piece, attempt.leaves);
    leaf_fetch_.forget(piece);
    content_.add(piece);
    picker_.proven(piece);
  } else {
    outcome.failed = true;
    outcome.guilty = blame_.failed(piece, std::move(attempt));
    if (outcome.guilty.empty()) leaf_fetch_.want(piece);
    picker_.failed(piece);
  }
  return outcome;
}

Result<std::vector<Sender>> Download::leaves_came(ConnectionKey peer,
                                                  const merkle::HashRequest& request,
                                                  std::span<const Digest> hashes) {
  const LeafFetch::Answer answer = leaf_fetch_.answered(peer, request, hashes);
  if (answer.wrong) return fail(Errc::unprovable, "sent hashes that do not lead to the root");
  if (!answer.done) return std::vector<Sender>{};
  return blame_.proven(*answer.done, answer.leaves);
}

}  // namespace shoal::torrent
