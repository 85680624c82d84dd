#pragma once

#include <optional>

#include <shoal/file_info.hpp>

#include "base/bitfield.hpp"
#include "base/bytes.hpp"
#include "hash/merkle.hpp"
#include "metainfo/geometry.hpp"

namespace shoal::torrent {

/// What this process knows and has of one file: its identity, its piece layer once proven, and the
/// pieces that are here. A piece counts only after it was proven against the root.
class Content {
 public:
  /// `info_dictionary`: as others have it, when that may not be info_dict(file).
  Content(FileInfo file, const Geometry& geometry,
          std::optional<Bytes> info_dictionary = std::nullopt);

  [[nodiscard]] const FileInfo& file() const { return file_; }
  [[nodiscard]] const InfoHash& info_hash() const { return info_hash_; }
  [[nodiscard]] BytesView info_dictionary() const { return info_dictionary_; }
  [[nodiscard]] bool is_private() const { return private_; }  ///< trackers alone tell of peers
  [[nodiscard]] const Geometry& geometry() const { return geometry_; }

  /// Null until the piece layer was proven. A file of one piece has it from the start: its root.
  [[nodiscard]] const merkle::LayerTree* layers() const { return layers_ ? &*layers_ : nullptr; }
  void set_layers(merkle::LayerTree layers) { layers_ = std::move(layers); }

  [[nodiscard]] const Bitfield& have() const { return have_; }
  [[nodiscard]] bool has(PieceIndex piece) const { return have_.test(value(piece)); }
  [[nodiscard]] bool complete() const { return have_.all(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  ///< proven
  void add(PieceIndex piece);
  void remove(PieceIndex piece);  ///< it is not what it was
  void add_all();

 private:
  FileInfo file_;
  Bytes info_dictionary_;
  InfoHash info_hash_;
  bool private_;
  Geometry geometry_;
  std::optional<merkle::LayerTree> layers_;
  Bitfield have_;
  std::uint64_t bytes_ = 0;
};

}  // namespace shoal::torrent
