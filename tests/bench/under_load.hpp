#pragma once

#include <span>
#include <string>
#include <sys/types.h>

#include "bench/load.hpp"

namespace shoal::bench {

/// A load on a tracker, and the tracker's CPU time meanwhile.
struct UnderLoad {
  LoadResult load;
  double tracker_cpu = 0;

  [[nodiscard]] double per_second() const {
    return static_cast<double>(load.answered) / load.seconds;
  }
  [[nodiscard]] double per_cpu_second() const {
    return static_cast<double>(load.answered) / tracker_cpu;
  }
  /// "p50 61 us, p99 610 us".
  [[nodiscard]] std::string quantiles() const;
};

/// Runs the load once, and notes what came out.
[[nodiscard]] UnderLoad put_under_load(pid_t tracker, const Endpoint& address,
                                       std::span<const datagram::Request> requests,
                                       const LoadPlan& plan);

/// The best of several runs, as `better` sees it.
template <class Better>
UnderLoad best_of(int runs, pid_t tracker, const Endpoint& address,
                  std::span<const datagram::Request> requests, const LoadPlan& plan,
                  Better better) {
  UnderLoad best = put_under_load(tracker, address, requests, plan);
  for (int run = 1; run < runs; ++run) {
    UnderLoad next = put_under_load(tracker, address, requests, plan);
    if (better(next, best)) best = std::move(next);
  }
  return best;
}

}  // namespace shoal::bench
