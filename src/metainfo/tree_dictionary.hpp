#pragma once

#include <shoal/error.hpp>

#include "base/bytes.hpp"
#include "metainfo/file_tree.hpp"

namespace shoal {

/// What a folder's info dictionary may have in bytes; stock clients take 30 MiB by magnet link.
inline constexpr std::size_t kMaxTreeDictionary = 24uz << 20;

/// The canonical info dictionary of a folder (BEP 52; links and the execute bit by BEP 47): the
/// same bytes for the same tree, whoever writes them.
[[nodiscard]] Bytes tree_dictionary(const FileTree& tree);

/// What a v2 info dictionary from elsewhere says, also one of a single file or the v2 side of a
/// hybrid. Errors: not bencoded, not meta version 2, a path that is not allowed, lengths and roots
/// that make no sense, too much of anything. Keys we do not know are passed over: identity is the
/// hash of the bytes, so compare `sha256(bytes)` with the wanted info hash first. A link out of the
/// folder is kept without its target, and empty folders are left out.
[[nodiscard]] Result<FileTree> parse_tree_dictionary(BytesView bytes);

}  // namespace shoal
