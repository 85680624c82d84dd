#pragma once

#include <memory>

#include <asio/awaitable.hpp>

#include "session/host.hpp"

namespace shoal {

/// Looks now and then whether the files that the host serves are still what was hashed, and reads
/// those again that were touched without a trace of what was done. A swarm whose file is not what
/// was hashed gives up. Ends after the host has closed.
[[nodiscard]] asio::awaitable<void> watch_files(std::shared_ptr<Host> host);
/// Looks once a second at each file that is being filled (Swarm::look_at_part), each on its own: a
/// disk that does not answer holds up nobody else's. Ends after the host has closed.
[[nodiscard]] asio::awaitable<void> watch_parts(std::shared_ptr<Host> host);

}  // namespace shoal
