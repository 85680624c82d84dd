#pragma once

#include <span>

#include <shoal/error.hpp>

#include "metainfo/piece_space.hpp"
#include "storage/file.hpp"
#include "torrent/peer/batch.hpp"

namespace shoal::session {

/// Blocking. Writes blocks of that file, neighbours in one call. Zeros are not written where the
/// file has a hole, so what is sparse there stays sparse here.
[[nodiscard]] Result<void> write_blocks(const storage::File& file, const FileOfPieces& where,
                                        std::span<const torrent::Received> blocks);

}  // namespace shoal::session
