// A swarm behind lines of limited rate, on virtual time: how near it comes to the bound
// T* = max(F/u_seeder, F/d, N F/(u_seeder + sum u_leecher)), and what the seeder sends.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <sys/resource.h>
#include <vector>

#include <CLI/CLI.hpp>

#include "metainfo/geometry.hpp"
#include "simulation/virtual_swarm.hpp"

namespace {

using namespace shoal;
using simulation::Line;
using simulation::VirtualHost;

constexpr double kMbit = 1e6 / 8;

struct Plan {
  std::size_t leechers = 16;
  double mebibytes = 64;
  double up = 20;    // Mbit/s
  double down = 20;  // Mbit/s
  double seeder = 0;
  double delay = 5;  // ms
  double join = 0;   // ms between two leechers
  std::size_t hostile = 0;
  std::uint64_t seed = 0;
};

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Duration milliseconds(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(value));
}

void simulate(const Plan& plan) {
  const auto length = static_cast<std::uint64_t>(plan.mebibytes * (1 << 20));
  const simulation::VirtualFile file(length, piece_length_for(length));
  simulation::VirtualSwarm swarm(file, milliseconds(plan.delay), plan.seed);
  const double seeder_up = (plan.seeder > 0 ? plan.seeder : plan.up) * kMbit;
  VirtualHost& seeder = swarm.add_seeder({seeder_up, plan.down * kMbit});
  std::vector<VirtualHost*> leechers;
  for (std::size_t i = 0; i < plan.leechers; ++i) {
    leechers.push_back(&swarm.add_leecher({plan.up * kMbit, plan.down * kMbit},
                                          milliseconds(plan.join * static_cast<double>(i))));
    if (i >= plan.hostile) continue;
    leechers.back()->freezes();
    leechers.back()->lies = true;
  }
  const double size = static_cast<double>(length);
  const double all_up =
      seeder_up + plan.up * kMbit * static_cast<double>(plan.leechers - plan.hostile);
  const double last_joins = plan.join / 1000 * static_cast<double>(plan.leechers - 1);
  const double bound = std::max({size / seeder_up, last_joins + size / (plan.down * kMbit),
                                 size * static_cast<double>(plan.leechers) / all_up});
  const double took = in_seconds(swarm.run(std::chrono::hours(24)));
  double received = 0;
  for (const VirtualHost* leecher : leechers) received += static_cast<double>(leecher->received);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "%zu leechers, %.0f MiB: last %.3f T* (%.1f s), seeder sent %.3f F, received %.3f F each; "
      "%llu events, %.1f s of processor time, %ld MiB%s\n",
      plan.leechers, plan.mebibytes, took / bound, took, static_cast<double>(seeder.sent) / size,
      received / size / static_cast<double>(plan.leechers),
      static_cast<unsigned long long>(swarm.events),
      static_cast<double>(usage.ru_utime.tv_sec) +
          static_cast<double>(usage.ru_utime.tv_usec) / 1e6,
      usage.ru_maxrss / 1024, swarm.all_complete() ? "" : "; NOT ALL ARE COMPLETE");
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  CLI::App app("Simulates a swarm on virtual time");
  app.add_option("--leechers", plan.leechers, "How many fetch")->capture_default_str();
  app.add_option("--size", plan.mebibytes, "MiB")->capture_default_str();
  app.add_option("--up", plan.up, "Mbit/s of each leecher, up")->capture_default_str();
  app.add_option("--down", plan.down, "Mbit/s of everybody, down")->capture_default_str();
  app.add_option("--seeder", plan.seeder, "Mbit/s of the seeder, up; 0 = as the leechers");
  app.add_option("--delay", plan.delay, "ms from one to another")->capture_default_str();
  app.add_option("--join", plan.join, "ms between the starts of two leechers");
  app.add_option("--hostile", plan.hostile, "Leechers that lie about what they have, give nothing");
  app.add_option("--seed", plan.seed, "Of everybody's choices among equals");
  CLI11_PARSE(app, argc, argv);
  try {
    simulate(plan);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "simulate: %s\n", failure.what());
    return 1;
  }
  return 0;
}
