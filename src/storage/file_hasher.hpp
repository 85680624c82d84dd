#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/geometry.hpp"
#include "storage/file.hpp"

/// BEP 52 hashes of files on disk. Blocking; memory is one batch of 512 KiB a thread besides the
/// result, and a window of some MiB of the file where it is mapped.
namespace shoal::storage {

/// Hash of one piece (the node its leaves fold to). Errc::io when the file cannot be read or is
/// shorter than it was.
[[nodiscard]] Result<Digest> hash_piece(const File& file, const Geometry& geometry,
                                        PieceIndex piece);
/// The piece's leaf hashes.
[[nodiscard]] Result<std::vector<Digest>> hash_leaves(const File& file, const Geometry& geometry,
                                                      PieceIndex piece);

/// Called with the bytes hashed since the last call, from any hashing thread, also from several at
/// once.
using HashProgress = std::function<void(std::uint64_t bytes)>;

/// The whole piece layer (one node for a file of one piece: its root), hashed on `threads` threads,
/// the caller's being one of them. Errc::cancelled after a stop request; Errc::io, with the file's
/// name, also when the file is not of the geometry's length or was changed while it was being
/// hashed. An exception from `progress` becomes an error, too.
[[nodiscard]] Result<std::vector<Digest>> hash_file(const File& file, const Geometry& geometry,
                                                    unsigned threads, const HashProgress& progress,
                                                    std::stop_token stop);
/// The root that a piece layer folds to. Precondition: one node a piece.
[[nodiscard]] Digest root_of(const Geometry& geometry, std::span<const Digest> piece_layer);

}  // namespace shoal::storage
