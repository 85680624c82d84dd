#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include <shoal/error.hpp>

#include "base/bitfield.hpp"
#include "torrent/connection_key.hpp"
#include "torrent/content/content.hpp"
#include "torrent/download/appetite.hpp"
#include "torrent/download/blame.hpp"
#include "torrent/download/layers_fetch.hpp"
#include "torrent/download/leaf_fetch.hpp"
#include "torrent/download/piece_assembly.hpp"
#include "torrent/download/piece_picker.hpp"

namespace shoal::torrent {

/// A file or folder on its way in: which blocks to ask for, which leaves have come, which pieces
/// that proves and who lied. Pure.
class Download {
 public:
  Download(Content& content, std::uint64_t seed);

  [[nodiscard]] LayersFetch& layers_fetch() { return layers_fetch_; }
  [[nodiscard]] LeafFetch& leaf_fetch() { return leaf_fetch_; }
  /// Blocks to pick: there are none before some file can be proven, and until then what it claims
  /// to be takes no memory.
  [[nodiscard]] bool picks() const { return picker_.has_value(); }
  /// Takes over the layers that are proven by now; there are some. True when that made it pick:
  /// peers have to be counted then.
  [[nodiscard]] bool take_layers();
  /// Precondition: picks().
  [[nodiscard]] PiecePicker& picker() { return *picker_; }
  [[nodiscard]] Appetite& appetite() { return appetite_; }

  /// Blocks may be asked for, of the pieces that are known to be missing: what the disk held before
  /// is being checked, or was, as far as there are layers to prove it.
  [[nodiscard]] bool ready() const { return ready_; }
  void start() { ready_ = true; }

  /// A piece that the disk held already was proven.
  void found_on_disk(PieceIndex piece);
  /// What the disk holds is looked at from now on, file by file, as their layers come.
  /// Precondition: picks().
  void begin_check();
  /// A file to look at, each once: its pieces can be proven, and are wanted. Nothing while there is
  /// none.
  [[nodiscard]] std::optional<FileOfPieces> next_to_check();
  /// What is on the disk is the piece's content, or not.
  void judged(PieceIndex piece, bool here);

  /// Others may have changed what is on the disk: every piece of which something may be there has
  /// to be proven again, once it is whole.
  void doubt();
  void doubt(const FileOfPieces& file);
  [[nodiscard]] bool doubts() const { return next_doubt(0).has_value(); }
  [[nodiscard]] bool doubts(PieceIndex piece) const { return in_doubt_.test(value(piece)); }
  /// A whole piece to prove again; not in doubt any more. Nothing when there is none.
  [[nodiscard]] std::optional<PieceIndex> take_doubt();
  /// It is not what it was: it is fetched again.
  void lost(PieceIndex piece);

  struct Outcome {
    bool proven = false;         ///< the block completed its piece, and the piece is right
    bool failed = false;         ///< ... and the piece is wrong: it is fetched again
    bool from_one = false;       ///< that sender sent all of the piece
    std::vector<Sender> guilty;  ///< who sent wrong blocks of it
  };
  /// A block was written and has this leaf hash.
  [[nodiscard]] Outcome stored(BlockRef block, const Digest& leaf, const Sender& from);
  /// Hashes came that leaf_fetch() may have asked for. Returns who sent wrong blocks, as far as
  /// these tell; an error when they are wrong.
  [[nodiscard]] Result<std::vector<Sender>> leaves_came(ConnectionKey peer,
                                                        const merkle::HashRequest& request,
                                                        std::span<const Digest> hashes);

 private:
  void start_picking();
  void doubt(std::uint32_t first, std::uint32_t end);
  [[nodiscard]] std::optional<PieceIndex> next_doubt(std::uint32_t from) const;

  Content& content_;
  LayersFetch layers_fetch_;
  LeafFetch leaf_fetch_;
  std::uint64_t seed_;
  std::optional<PiecePicker> picker_;
  Appetite appetite_;
  PieceAssembly assembly_;
  Blame blame_;
  bool ready_ = false;
  std::uint32_t next_file_ = 0;      // to check; those before it were, or have no layer,
  std::deque<FileIndex> late_{};     // or have got it since
  Bitfield in_doubt_;                // also of pieces that are not whole yet
  std::uint32_t doubts_before_ = 0;  // the last one taken is before this
};

}  // namespace shoal::torrent
