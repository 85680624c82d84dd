#pragma once

#include <memory>

#include <asio/awaitable.hpp>

#include "session/context.hpp"

namespace shoal::session {

/// Looks now and then whether the files that the session serves are still what was hashed, and
/// reads those again that were touched without a trace of what was done. A swarm whose file is not
/// what was hashed gives up. Ends after the session has closed.
[[nodiscard]] asio::awaitable<void> watch_files(std::shared_ptr<SessionContext> context);
/// The same for the files of folders, a thousand a second: what is not what was hashed is not
/// offered any more, the rest is.
[[nodiscard]] asio::awaitable<void> watch_folders(std::shared_ptr<SessionContext> context);
/// Looks once a second at each file that is being filled (Swarm::look_at_part), each on its own: a
/// disk that does not answer holds up nobody else's. Ends after the session has closed.
[[nodiscard]] asio::awaitable<void> watch_parts(std::shared_ptr<SessionContext> context);

}  // namespace shoal::session
