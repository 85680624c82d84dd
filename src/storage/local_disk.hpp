#pragma once

namespace shoal::storage {

/// Whether the open file is on a file system that is known to keep files in this machine, and their
/// times at once. Of others, networks and programs among them, nobody can tell.
[[nodiscard]] bool is_on_local_disk(int descriptor);

}  // namespace shoal::storage
