#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <shoal/file_info.hpp>

#include "base/bitfield.hpp"
#include "base/bytes.hpp"
#include "hash/merkle.hpp"
#include "metainfo/piece_space.hpp"
#include "torrent/content/file_counts.hpp"
#include "torrent/content/piece_layers.hpp"

namespace shoal::torrent {

/// What this process knows and has of one file or folder: its identity, its piece layers once
/// proven, which of its pieces are wanted, and which are here. A piece counts only after it was
/// proven against the root of its file.
class Content {
 public:
  /// `info_dictionary`: as others have it, when that may not be info_dict(file).
  Content(FileInfo file, const Geometry& geometry,
          std::optional<Bytes> info_dictionary = std::nullopt);
  /// A folder; `info_dictionary` is that of `tree` and has the info hash. Precondition: some file
  /// in it is not empty.
  Content(FileInfo folder, std::shared_ptr<const FileTree> tree, Bytes info_dictionary);

  [[nodiscard]] const FileInfo& file() const { return file_; }
  [[nodiscard]] const InfoHash& info_hash() const { return info_hash_; }
  [[nodiscard]] BytesView info_dictionary() const { return info_dictionary_; }
  [[nodiscard]] bool is_private() const { return private_; }  ///< trackers alone tell of peers
  [[nodiscard]] const PieceSpace& space() const { return layers_.space(); }

  [[nodiscard]] const PieceLayers& layers() const { return layers_; }
  void set_layer(merkle::LayerTree layer) { layers_.set(std::move(layer)); }
  /// Whether every piece that is wanted can be proven.
  [[nodiscard]] bool has_layers() const;

  /// Of a folder, only these entries are wanted: before there is anything here.
  void want_only(std::span<const FileIndex> files);
  /// This one too, which is here whole, as a copy of an equal one.
  void add_copy(const FileOfPieces& file);
  [[nodiscard]] bool wants(PieceIndex piece) const {
    return unwanted_.size() == 0 || !unwanted_.test(value(piece));
  }
  [[nodiscard]] bool wants(const FileOfPieces& file) const {
    return wants(PieceIndex{file.first_piece});
  }
  /// Of equal files one is fetched, and a piece of another is as good, whoever has that: the piece
  /// that is wanted in place of this one, mostly itself. Of very many equal files some are heeded.
  [[nodiscard]] PieceIndex wanted_as(PieceIndex piece) const;
  /// Calls that with each piece that is as good as this one, which is wanted.
  template <class Call>
  void for_each_equal(PieceIndex wanted, Call call) const;
  [[nodiscard]] bool has_equals() const { return !equals_.empty(); }
  [[nodiscard]] std::uint64_t wanted_bytes() const { return wanted_bytes_; }
  [[nodiscard]] std::uint32_t wanted_pieces() const { return wanted_pieces_; }
  [[nodiscard]] const FileCounts& files() const { return files_; }

  [[nodiscard]] const Bitfield& have() const { return have_; }
  [[nodiscard]] bool has(PieceIndex piece) const { return have_.test(value(piece)); }
  /// Whose leaves answer that request: a piece that is here. Nothing when none is.
  [[nodiscard]] std::optional<PieceIndex> piece_to_answer(const merkle::HashRequest& request) const;
  /// It is wanted, and not here.
  [[nodiscard]] bool misses(PieceIndex piece) const { return !has(piece) && wants(piece); }
  /// All that is wanted is here.
  [[nodiscard]] bool complete() const { return have_.count() == wanted_pieces_; }
  /// All there is.
  [[nodiscard]] bool whole() const { return have_.all(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  ///< proven
  /// What is here, and what is not wanted: nothing to ask for.
  [[nodiscard]] Bitfield not_missing() const;
  void add(PieceIndex piece);     ///< one that is wanted
  void remove(PieceIndex piece);  ///< it is not what it was
  void add_all();

 private:
  /// The pieces of a file that is not wanted, and those of an equal one that is.
  struct Equal {
    std::uint32_t unwanted;
    std::uint32_t wanted;
    std::uint32_t pieces;
  };
  void look_for_equals();

  FileInfo file_;
  Bytes info_dictionary_;
  InfoHash info_hash_;
  bool private_;
  PieceLayers layers_;
  Bitfield unwanted_;  // empty: all are wanted
  std::uint64_t wanted_bytes_;
  std::uint32_t wanted_pieces_;
  Bitfield have_;
  FileCounts files_;
  std::uint64_t bytes_ = 0;
  std::vector<Equal> equals_;     // sorted by `unwanted`
  std::vector<Equal> by_wanted_;  // the same
};

template <class Call>
void Content::for_each_equal(PieceIndex wanted, Call call) const {
  auto next = std::ranges::upper_bound(by_wanted_, value(wanted), {}, &Equal::wanted);
  while (next != by_wanted_.begin()) {
    const Equal& one = *--next;
    const std::uint32_t offset = value(wanted) - one.wanted;
    if (offset >= one.pieces) return;
    call(PieceIndex{one.unwanted + offset});
  }
}

}  // namespace shoal::torrent
