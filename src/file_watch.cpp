#include "file_watch.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <asio/steady_timer.hpp>

#include "net/wakeup.hpp"
#include "net/workers.hpp"
#include "storage/witness.hpp"

namespace shoal {
namespace {

// With many files each has its turn less often, and a look costs the same.
constexpr Duration kLookEvery = std::chrono::seconds(1);
constexpr std::size_t kMostAtOnce = 1000;

struct Served {
  std::shared_ptr<swarm::Swarm> swarm;
  storage::Witness witness;
  std::optional<Error> news;
};

/// The next ones behind `last`, which it moves; from the front when there are none.
std::vector<Served> next_served(const Host& host, std::optional<InfoHash20>& last) {
  std::vector<Served> served;
  const auto& swarms = host.swarms();
  auto next = last ? swarms.upper_bound(*last) : swarms.begin();
  for (; next != swarms.end() && served.size() < kMostAtOnce; ++next) {
    last = next->first;
    if (const auto& witness = next->second->witness()) {
      served.push_back({next->second, *witness, std::nullopt});
    }
  }
  if (next == swarms.end()) last.reset();
  return served;
}

}  // namespace

asio::awaitable<void> watch_files(std::shared_ptr<Host> host) {
  asio::steady_timer timer(host->executor());
  std::optional<InfoHash20> last;
  while (!host->closed()) {
    co_await net::sleep(timer, kLookEvery);
    std::vector<Served> served = next_served(*host, last);
    if (served.empty() || host->closed()) continue;
    const bool all_well = co_await net::on_worker(host->workers(), [&] {
      bool well = true;
      for (Served& one : served) {
        one.news = storage::what_became_of(one.witness);
        well = well && !one.news;
      }
      return well;
    });
    if (all_well) continue;
    for (const Served& one : served) {
      if (one.news) one.swarm->give_up(*one.news);
    }
  }
}

}  // namespace shoal
