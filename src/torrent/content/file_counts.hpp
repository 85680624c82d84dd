#pragma once

#include <cstdint>
#include <vector>

#include "metainfo/piece_space.hpp"

namespace shoal::torrent {

/// How many of a folder's files are here whole, of those that are wanted and not empty. Nothing is
/// counted of a single file.
class FileCounts {
 public:
  explicit FileCounts(const PieceSpace& space) {
    if (!space.tree()) return;
    missing_.resize(space.files());
    for (std::uint32_t i = 0; i < space.files(); ++i) want(space, FileIndex{i});
    all_ = wanted_;
  }

  /// Only what is wanted from here on.
  void want_none() {
    missing_.assign(missing_.size(), 0);
    wanted_ = 0;
  }
  void want(const PieceSpace& space, FileIndex file) {
    const std::uint32_t pieces = (*space.tree())[file].pieces;
    if (pieces == 0 || missing_[value(file)] > 0) return;
    missing_[value(file)] = pieces;
    ++wanted_;
  }
  /// A piece that is wanted is here, or is not any more.
  void add(const PieceSpace& space, PieceIndex piece) {
    if (!missing_.empty() && --missing_[file_of(space, piece)] == 0) ++whole_;
  }
  void remove(const PieceSpace& space, PieceIndex piece) {
    if (!missing_.empty() && missing_[file_of(space, piece)]++ == 0) --whole_;
  }
  void add_all() {
    missing_.assign(missing_.size(), 0);
    whole_ = wanted_;
  }

  [[nodiscard]] std::uint32_t whole() const { return whole_; }
  [[nodiscard]] std::uint32_t wanted() const { return wanted_; }
  /// Wanted or not.
  [[nodiscard]] std::uint32_t all() const { return all_; }

 private:
  [[nodiscard]] static std::size_t file_of(const PieceSpace& space, PieceIndex piece) {
    return value(space.tree()->file_of(value(piece)));
  }

  std::vector<std::uint32_t> missing_;  // pieces, by file
  std::uint32_t all_ = 0;
  std::uint32_t wanted_ = 0;
  std::uint32_t whole_ = 0;
};

}  // namespace shoal::torrent
