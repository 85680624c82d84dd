#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bitfield.hpp"
#include "torrent/content/content.hpp"
#include "torrent/download/layer_fetch.hpp"

namespace shoal::torrent {

/// Gets the piece layers of all files that are wanted, those of equal files once. A layer is first
/// asked of a peer that shows a piece of the file, since that can prove it: each peer for those of
/// its own files, a few at a time, in the tree's order. If no answer comes, others are asked too.
/// Pure.
class LayersFetch {
 public:
  /// `content` outlives this. What is wanted of it does not change.
  explicit LayersFetch(const Content& content);

  [[nodiscard]] bool done() const { return pieces_ == 0; }
  /// How many pieces are wanted whose layers are not proven.
  [[nodiscard]] std::uint32_t pieces() const { return pieces_; }
  /// The next request for this peer, which has these pieces; marked as sent. Nothing when it has
  /// enough to do or all is asked for.
  [[nodiscard]] std::optional<merkle::HashRequest> next(ConnectionKey peer, const Bitfield& pieces,
                                                        Time now);
  /// Hashes that a peer sent, lately asked for or not.
  LayerFetch::Verdict answered(ConnectionKey peer, const merkle::HashRequest& request,
                               std::span<const Digest> hashes, Time now);
  void rejected(ConnectionKey peer, const merkle::HashRequest& request, Time now);
  void gone(ConnectionKey peer);

  [[nodiscard]] bool any_proven() const { return !proven_.empty(); }
  /// Those that are proven, each once.
  [[nodiscard]] std::vector<merkle::LayerTree> take() { return std::exchange(proven_, {}); }

 private:
  struct OfRoot {
    Digest root;
    ConnectionKey begun_for;
    Time begun_at;
    Time got_at;  // something that was proven; or begun
    LayerFetch fetch;
  };
  using Fetches = std::vector<OfRoot>;

  [[nodiscard]] bool begin_for(ConnectionKey peer, const Bitfield& pieces, Time now);
  [[nodiscard]] std::optional<std::size_t> choose(const Bitfield& pieces, Time now) const;
  [[nodiscard]] bool give_one_up(Time now);
  void set_waiting(const Digest& root, bool waiting);
  [[nodiscard]] OfRoot* find(const Digest& root);

  const Content& content_;
  std::uint32_t pieces_ = 0;
  Bitfield waiting_;      // the pieces of files whose layers are wanted and not asked for
  std::size_t next_ = 0;  // where to look first for such a piece
  Fetches fetches_;       // those that are asked for, the first one first
  Fetches resting_;       // of which a part is proven, and whose places others have now
  std::vector<merkle::LayerTree> proven_;
};

}  // namespace shoal::torrent
