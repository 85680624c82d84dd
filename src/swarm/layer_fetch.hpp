#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "hash/merkle.hpp"
#include "metainfo/geometry.hpp"
#include "swarm/connection_key.hpp"

namespace shoal::swarm {

/// Gets a file's piece layer by hash requests (BEP 52), in chunks of up to 512 nodes, each proven
/// to the root before it is kept. Pure: it says what to ask whom and judges the answers.
class LayerFetch {
 public:
  LayerFetch(const Geometry& geometry, const Digest& root);

  [[nodiscard]] bool done() const { return missing_ == 0; }
  /// The layer is known from elsewhere: done, without anything to take().
  void skip();
  /// The next request for this peer, marked as sent; nothing when it has enough to do or all is
  /// asked for.
  [[nodiscard]] std::optional<merkle::HashRequest> next(ConnectionKey peer, Time now);

  enum class Verdict {
    accepted,
    not_wanted,  ///< no request of ours, or proven already: ignored
    wrong,       ///< the hashes do not fold to the root: that peer lies
  };
  /// Hashes that a peer sent, lately asked for or not.
  Verdict answered(ConnectionKey peer, const merkle::HashRequest& request,
                   std::span<const Digest> hashes);
  /// The peer cannot answer now: it is left in peace for a few seconds.
  void rejected(ConnectionKey peer, const merkle::HashRequest& request, Time now);
  void gone(ConnectionKey peer);

  /// The proven layer. Precondition: done().
  [[nodiscard]] merkle::LayerTree take();

 private:
  struct Chunk {
    std::uint32_t index;
    bool proven = false;
    std::optional<ConnectionKey> asked;
    Time asked_at{};
  };
  struct Resting {
    ConnectionKey peer;
    Time until;
  };

  [[nodiscard]] merkle::HashRequest request_for(const Chunk& chunk) const;
  [[nodiscard]] Chunk* find(const merkle::HashRequest& request);
  [[nodiscard]] bool is_padded(const merkle::HashRequest& request,
                               std::span<const Digest> hashes) const;

  Geometry geometry_;
  Digest root_;
  std::uint32_t chunk_length_;
  std::vector<Chunk> chunks_;
  std::size_t missing_;
  std::vector<Digest> nodes_;
  std::vector<Resting> resting_;
};

}  // namespace shoal::swarm
