#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <shoal/endpoint.hpp>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"

namespace shoal::bench {

/// How requests go to a tracker.
struct LoadPlan {
  std::size_t outstanding = 256;          ///< unanswered at once, at most
  double rate = 0;                        ///< requests a second; 0 = as fast as answers come
  std::optional<Duration> duration = {};  ///< nothing = until each request was answered once
};

struct LoadResult {
  std::uint64_t answered = 0;  ///< those that were refused included
  std::uint64_t refused = 0;   ///< answers that say no
  std::uint64_t lost = 0;      ///< without an answer for half a second, and sent again
  double seconds = 0;
  double cpu = 0;  ///< seconds of this process
  /// Nanoseconds from request to answer, ascending. With a rate they count from the moment when the
  /// request was due, so that a tracker that stalls does not look better for it.
  std::vector<std::uint32_t> latencies;

  [[nodiscard]] double microseconds(double quantile) const;
};

/// Gets a connection id, then sends the requests round and round over one socket of this host.
/// Throws when the tracker does not answer at all.
[[nodiscard]] LoadResult run_load(const Endpoint& tracker,
                                  std::span<const datagram::Request> requests,
                                  const LoadPlan& plan);

}  // namespace shoal::bench
