#pragma once

namespace shoal::session {

/// From now on the log says how this machine hashes best, when that is found out
/// (hash/thread_hashers.hpp).
void tell_how_is_hashed();

}  // namespace shoal::session
