#include "torrent/content/content.hpp"

#include "hash/sha256.hpp"
#include "metainfo/info_dict.hpp"

namespace shoal::torrent {

Content::Content(FileInfo file, const Geometry& geometry, std::optional<Bytes> info_dictionary)
    : file_(std::move(file)),
      info_dictionary_(info_dictionary ? std::move(*info_dictionary) : info_dict(file_)),
      info_hash_{sha256(info_dictionary_).bytes},
      private_(shoal::is_private(info_dictionary_)),
      geometry_(geometry),
      have_(geometry.pieces()) {
  if (geometry_.pieces() == 1) {
    layers_ = merkle::LayerTree::build({file_.root}, geometry_.tree_height(),
                                       geometry_.tree_height(), file_.root);
  }
}

void Content::add(PieceIndex piece) {
  if (has(piece)) return;
  have_.set(value(piece));
  bytes_ += geometry_.size(piece);
}

void Content::remove(PieceIndex piece) {
  if (!has(piece)) return;
  have_.reset(value(piece));
  bytes_ -= geometry_.size(piece);
}

void Content::add_all() {
  have_.set_all();
  bytes_ = geometry_.length();
}

}  // namespace shoal::torrent
