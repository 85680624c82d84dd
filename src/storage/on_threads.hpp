#pragma once

#include <cstdint>
#include <system_error>
#include <thread>
#include <vector>

namespace shoal::storage {

/// Does `work` on the caller's thread and `threads - 1` more, or as many as the system lets us
/// have; returns when all have ended. Precondition: it throws nothing.
template <class Work>
void on_threads(std::uint64_t threads, Work work) {
  std::vector<std::jthread> helpers;
  try {
    while (helpers.size() + 1 < threads) helpers.emplace_back([&work] { work(); });
  } catch (const std::system_error&) {
    // The work gets done by those there are.
  }
  work();
}

}  // namespace shoal::storage
