#include "torrent/download/download.hpp"

namespace shoal::torrent {

Download::Download(Content& content, std::uint64_t seed)
    : content_(content),
      layers_fetch_(content),
      leaf_fetch_(content.space()),
      seed_(seed),
      assembly_(content.space()),
      in_doubt_(content.space().pieces()) {
  if (layers_fetch_.done() || layers_fetch_.pieces() < content.wanted_pieces()) start_picking();
}

void Download::start_picking() {
  picker_.emplace(content_.space(), content_.not_missing(), seed_);
  if (layers_fetch_.done()) return;
  picker_->begin_check();  // what cannot be proven is not taken, whatever comes
  picker_->lack_layers(layers_fetch_.pieces());
}

bool Download::take_layers() {
  for (merkle::LayerTree& layer : layers_fetch_.take()) {
    const Digest root = layer.root();
    content_.set_layer(std::move(layer));
    for (const FileOfPieces& file : content_.layers().files_of(root)) {
      if (value(file.file) < next_file_ && content_.wants(file)) late_.push_back(file.file);
    }
  }
  if (picks()) {
    picker_->lack_layers(layers_fetch_.pieces());
    return false;
  }
  start_picking();
  return true;
}

void Download::found_on_disk(PieceIndex piece) {
  content_.add(piece);
  picker_->proven(piece);
}

void Download::begin_check() {
  if (ready_) return;
  picker_->begin_check();
  ready_ = true;
}

std::optional<FileOfPieces> Download::next_to_check() {
  const PieceSpace& space = content_.space();
  while (next_file_ < space.files()) {
    const auto file = space.file(FileIndex{next_file_++});
    if (file && content_.wants(*file) && content_.layers().has(*file)) return file;
  }
  if (late_.empty()) return std::nullopt;
  const FileIndex file = late_.front();
  late_.pop_front();
  return space.file(file);
}

void Download::judged(PieceIndex piece, bool here) {
  if (here && !content_.has(piece)) content_.add(piece);
  picker_->judged(piece, here);
}

void Download::doubt() {
  doubt(0, content_.space().pieces());
}

void Download::doubt(const FileOfPieces& file) {
  doubt(file.first_piece, file.first_piece + file.geometry.pieces());
}

void Download::doubt(std::uint32_t first, std::uint32_t end) {
  for (std::uint32_t index = first; index < end; ++index) {
    // Before the start any piece may be being looked at.
    if (!ready_ || !picker_->waits(PieceIndex{index})) in_doubt_.set(index);
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
  picker_->lost(piece);
}

Download::Outcome Download::stored(BlockRef block, const Digest& leaf, const Sender& from) {
  Outcome outcome;
  if (!assembly_.add(block, leaf, from)) return outcome;  // more blocks of the piece are to come
  const PieceIndex piece = block.piece;
  const bool right = assembly_.fold(piece) == content_.layers().node(piece);
  PieceAttempt attempt = assembly_.take(piece);
  outcome.from_one = attempt.senders.size() == 1;
  if (right) {
    outcome.proven = true;
    outcome.guilty = blame_.proven(piece, attempt.leaves);
    leaf_fetch_.forget(piece);
    content_.add(piece);
    picker_->proven(piece);
  } else {
    outcome.failed = true;
    outcome.guilty = blame_.failed(piece, std::move(attempt));
    if (outcome.guilty.empty()) leaf_fetch_.want(piece);
    picker_->failed(piece);
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
