#pragma once

#include <asio/thread_pool.hpp>

namespace shoal::session {

/// Has a worker find out how this machine hashes best (hash/leaf_hasher.hpp), while trackers are
/// asked, and say so in the log; the first file or block need not wait for it then.
void find_fastest_hashing(asio::thread_pool& workers);

}  // namespace shoal::session
