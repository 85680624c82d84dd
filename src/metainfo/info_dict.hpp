#pragma once

#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

#include "base/bytes.hpp"

namespace shoal {

/// The canonical one-file info dictionary (BEP 52; notes, section 3).
[[nodiscard]] Bytes info_dict(const FileInfo& file);

/// What a one-file v2 info dictionary from elsewhere says. Errors: not bencoded, not meta version
/// 2, several files, a name that is not allowed, lengths out of range. Keys we do not know are
/// accepted: identity is the hash of the bytes, so compare `sha256(bytes)` with the wanted info
/// hash first.
[[nodiscard]] Result<FileInfo> parse_info_dict(BytesView bytes);

/// True when its swarm wants no peers but those of its trackers (BEP 27).
[[nodiscard]] bool is_private(BytesView info_dictionary);

}  // namespace shoal
