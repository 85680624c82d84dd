#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include "session/context.hpp"

namespace shoal::session {

/// Shared between the hashing threads, which add, and the loop, which tells.
struct HashingProgress {
  explicit HashingProgress(std::string of, std::uint64_t bytes_of_all = 0)
      : name(std::move(of)), length(bytes_of_all) {}

  const std::string name;
  std::atomic<std::uint64_t> length;  ///< 0: not known yet
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> files = 0;  ///< of a folder
  std::atomic<std::uint64_t> of_files = 0;
  std::atomic<bool> done = false;
};

/// Tells event::Hashing several times a second until that is done.
[[nodiscard]] asio::awaitable<void> tell_progress(std::shared_ptr<SessionContext> context,
                                                  std::shared_ptr<HashingProgress> state);

}  // namespace shoal::session
