#include "session/file_watch.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <asio/steady_timer.hpp>

#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "net/workers.hpp"
#include "storage/witness.hpp"

namespace shoal::session {
namespace {

// With many files each has its turn less often, and a look costs the same.
constexpr Duration kLookEvery = std::chrono::seconds(1);
constexpr std::size_t kMostAtOnce = 1000;

struct Served {
  std::shared_ptr<Swarm> swarm;
  storage::Witness witness;
  storage::Sighting seen;
};

/// The next ones behind `last`, which it moves; from the front when there are none.
std::vector<Served> next_served(SessionContext& context, std::optional<InfoHash20>& last) {
  std::vector<Served> served;
  const auto& swarms = context.torrents().all();
  auto next = last ? swarms.upper_bound(*last) : swarms.begin();
  for (; next != swarms.end() && served.size() < kMostAtOnce; ++next) {
    last = next->first;
    if (const auto& witness = next->second->witness()) {
      served.push_back({next->second, *witness, {}});
    }
  }
  if (next == swarms.end()) last.reset();
  return served;
}

/// One file after the other: their peers want the disk, too.
asio::awaitable<void> prove_again(std::shared_ptr<SessionContext> context,
                                  std::vector<Served> doubtful, std::shared_ptr<bool> busy) {
  for (const Served& one : doubtful) {
    if (context->closed()) co_return;
    co_await Swarm::prove_again(one.swarm, *one.seen.in_doubt);
  }
  *busy = false;
}

}  // namespace

asio::awaitable<void> watch_parts(std::shared_ptr<SessionContext> context) {
  asio::steady_timer timer(context->executor());
  while (!context->closed()) {
    co_await net::sleep(timer, kLookEvery);
    for (const auto& [hash, swarm] : context->torrents().all()) {
      if (swarm->fills()) net::spawn(context->executor(), Swarm::look_at_part(swarm));
    }
  }
}

asio::awaitable<void> watch_files(std::shared_ptr<SessionContext> context) {
  asio::steady_timer timer(context->executor());
  std::optional<InfoHash20> last;
  const auto busy = std::make_shared<bool>(false);  // with what is in doubt
  while (!context->closed()) {
    co_await net::sleep(timer, kLookEvery);
    std::vector<Served> served = next_served(*context, last);
    if (served.empty() || context->closed()) continue;
    co_await net::on_worker(context->workers(), [&] {
      for (Served& one : served) one.seen = storage::look_at(one.witness);
      return true;
    });
    for (const Served& one : served) {
      if (one.seen.news) one.swarm->give_up(*one.seen.news);
    }
    std::erase_if(served, [](const Served& one) { return !one.seen.in_doubt; });
    if (served.empty() || std::exchange(*busy, true)) continue;
    net::spawn(context->executor(), prove_again(context, std::move(served), busy));
  }
}

}  // namespace shoal::session
