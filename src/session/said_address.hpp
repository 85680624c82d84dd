#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

namespace shoal::session {

/// Why others will not reach us at `said` (host:port), as far as one attempt to connect from here
/// tells: a sentence for people. Nothing when somebody answers there; and when nobody does, for
/// many routers swallow what comes from inside to their outer address.
[[nodiscard]] asio::awaitable<std::optional<std::string>> fault_of_said_address(
    asio::any_io_executor executor, std::string said);

/// Tries each of them once, and tells of those at which nobody can be. On the executor's thread;
/// attempts are called off when the loop ends.
void try_said_addresses(const asio::any_io_executor& executor, const std::vector<std::string>& said,
                        std::function<void(const std::string& fault)> on_fault);

}  // namespace shoal::session
