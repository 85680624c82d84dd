#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "hash/merkle.hpp"
#include "metainfo/geometry.hpp"
#include "torrent/connection_key.hpp"
#include "torrent/download/hash_requests.hpp"

namespace shoal::torrent {

/// Gets a file's piece layer by hash requests (BEP 52), in chunks of up to 512 nodes, each proven
/// to the root before it is kept. Pure: it says what to ask whom and judges the answers.
class LayerFetch {
 public:
  LayerFetch(const Geometry& geometry, const Digest& root);

  [[nodiscard]] bool done() const { return chunks_.empty(); }
  /// Nothing of it is proven.
  [[nodiscard]] bool empty() const { return nodes_.empty() && ahead_.empty(); }
  /// The next request for this peer, marked as sent; nothing when it has enough to do or all is
  /// asked for.
  [[nodiscard]] std::optional<merkle::HashRequest> next(ConnectionKey peer, Time now) {
    return chunks_.next(peer, now, [](const merkle::HashRequest&) { return true; });
  }

  enum class Verdict {
    accepted,
    not_wanted,  ///< no request of ours, or proven already: ignored
    wrong,       ///< the hashes do not fold to the root: that peer lies
  };
  /// Hashes that a peer sent, lately asked for or not.
  Verdict answered(ConnectionKey peer, const merkle::HashRequest& request,
                   std::span<const Digest> hashes);
  /// The peer cannot answer now: it is left in peace for a few seconds.
  void rejected(ConnectionKey peer, const merkle::HashRequest& request, Time now) {
    chunks_.rejected(peer, request, now);
  }
  void gone(ConnectionKey peer) { chunks_.gone(peer); }

  /// The proven layer. Precondition: done().
  [[nodiscard]] merkle::LayerTree take();

 private:
  [[nodiscard]] bool is_padded(const merkle::HashRequest& request,
                               std::span<const Digest> hashes) const;

  Geometry geometry_;
  Digest root_;
  std::uint32_t chunk_length_;
  HashRequests chunks_;  // those that are not proven
  // Proven, in order; and those that came before others that are in front of them, by their first.
  // What a file claims to be costs nothing before it is proven.
  std::vector<Digest> nodes_;
  std::map<std::uint32_t, std::vector<Digest>> ahead_;
};

}  // namespace shoal::torrent
