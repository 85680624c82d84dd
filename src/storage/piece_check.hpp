#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <shoal/digest.hpp>

#include "base/bytes.hpp"
#include "metainfo/geometry.hpp"
#include "storage/file.hpp"

namespace shoal::storage {

/// Hashes what a file to be fetched holds already, from its first piece to its last, a little at a
/// time. A hole is quick: the hash of a piece of zeros is known. Blocking; one thread at a time.
class PieceCheck {
 public:
  /// `fresh`: the file was made just now, so a hole is zeros, and what else there is, is not ours.
  /// The holes of any other are read to be believed: some file systems forget what is not on disk
  /// yet. `file` must outlive it.
  PieceCheck(const File& file, const Geometry& geometry, bool fresh);

  /// The nodes of some pieces from that one on, at least one; nothing for a piece that cannot be
  /// read, or is not ours. Call it with 0, then with what follows. Precondition: there is such a
  /// piece.
  [[nodiscard]] std::vector<std::optional<Digest>> look_at(std::uint64_t first);

 private:
  using Nodes = std::vector<std::optional<Digest>>;

  [[nodiscard]] std::uint64_t bytes_in_hole(std::uint64_t begin);
  [[nodiscard]] bool reads_as_zeros(std::uint64_t begin, std::uint64_t end);
  void hash(std::uint64_t first, std::uint64_t count, Nodes& nodes) const;

  const File& file_;
  Geometry geometry_;
  bool fresh_;
  Digest zeros_;            // the node of a whole piece of zeros
  File::Range data_{0, 0};  // that is next, or was entered
  Bytes buffer_;
};

}  // namespace shoal::storage
