#pragma once

#include <cstddef>

namespace shoal::session {

/// How many file descriptors the process may have (`ulimit -n`).
[[nodiscard]] std::size_t most_descriptors();

/// Of these, kept for what is no peer and no shared file: sockets towards trackers, files for a
/// moment. Where there are few in all, an eighth of them.
[[nodiscard]] std::size_t spare_descriptors(std::size_t most);

}  // namespace shoal::session
