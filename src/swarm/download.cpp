#include "swarm/download.hpp"

namespace shoal::swarm {

Download::Download(Content& content, std::uint64_t seed)
    : content_(content),
      layer_fetch_(content.geometry(), content.file().root),
      picker_(content.geometry(), content.have(), seed),
      assembly_(content.geometry()) {
  if (content.layers() != nullptr) layer_fetch_.skip();
}

void Download::found_on_disk(PieceIndex piece) {
  content_.add(piece);
  picker_.proven(piece);
}

Download::Outcome Download::stored(BlockRef block, const Digest& leaf, const Sender& from) {
  Outcome outcome;
  if (!assembly_.add(block, leaf, from)) return outcome;  // more blocks of the piece are to come
  const PieceIndex piece = block.piece;
  const merkle::LayerTree& layers = *content_.layers();
  const bool right = assembly_.fold(piece) == layers.node(layers.level(), value(piece));
  PieceAttempt attempt = assembly_.take(piece);
  if (right) {
    outcome.proven = true;
    outcome.guilty = blame_.proven(piece, attempt.leaves);
    content_.add(piece);
    picker_.proven(piece);
  } else {
    outcome.failed = true;
    outcome.guilty = blame_.failed(piece, std::move(attempt));
    picker_.failed(piece);
  }
  return outcome;
}

}  // namespace shoal::swarm
