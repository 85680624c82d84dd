#include "bench/under_load.hpp"

#include "bench/machine.hpp"
#include "bench/output.hpp"

namespace shoal::bench {

std::string UnderLoad::quantiles() const {
  return "p50 " + fixed(load.microseconds(0.5), 0) + " us, p99 " +
         fixed(load.microseconds(0.99), 0) + " us";
}

UnderLoad put_under_load(pid_t tracker, const Endpoint& address,
                         std::span<const datagram::Request> requests, const LoadPlan& plan) {
  const double before = cpu_seconds(tracker);
  UnderLoad measured{run_load(address, requests, plan), 0};
  measured.tracker_cpu = cpu_seconds(tracker) - before;
  const LoadResult& load = measured.load;
  note(thousands(measured.per_second()) + " answers/s, " + thousands(measured.per_cpu_second()) +
       " per CPU second of the tracker, " + measured.quantiles() + ", " +
       std::to_string(load.refused) + " refused, " + std::to_string(load.lost) +
       " lost; tracker busy " + fixed(100 * measured.tracker_cpu / load.seconds, 0) +
       " %, generator " + fixed(100 * load.cpu / load.seconds, 0) + " %");
  return measured;
}

}  // namespace shoal::bench
