#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <asio/steady_timer.hpp>

#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "net/workers.hpp"
#include "session/file_watch.hpp"
#include "storage/offered_folder.hpp"

namespace shoal::session {
namespace {

constexpr Duration kFoldersEvery = std::chrono::seconds(1);
constexpr std::uint32_t kMostFilesAtOnce = 1000;
constexpr std::size_t kMostTold = 5;  // of a thousand, one by one

using Changes = std::vector<storage::OfferedFolder::Change>;

/// One after the other; the next one to look at in each is remembered.
struct Rounds {
  std::map<InfoHash20, std::uint32_t> next;
  std::stop_source stop;  // of what is read again
  bool proves = false;    // one file, beside all else
};

std::vector<std::shared_ptr<Swarm>> folders_of(SessionContext& context) {
  std::vector<std::shared_ptr<Swarm>> folders;
  for (const auto& [hash, swarm] : context.torrents().all()) {
    if (swarm->disk().offered_folder() != nullptr) folders.push_back(swarm);
  }
  return folders;
}

/// Reads a file that was touched without a trace of what was done.
asio::awaitable<void> prove_one(std::shared_ptr<SessionContext> context,
                                std::shared_ptr<Swarm> swarm, std::shared_ptr<Rounds> rounds) {
  storage::OfferedFolder& folder = *swarm->disk().offered_folder();
  const auto change = co_await net::on_worker(
      context->workers(), [&] { return folder.prove_next(rounds->stop.get_token()); });
  rounds->proves = false;
  if (change && !context->closed()) swarm->lose_file(change->file, change->news);
}

asio::awaitable<void> look_at(const std::shared_ptr<SessionContext>& context,
                              const std::shared_ptr<Swarm>& swarm,
                              const std::shared_ptr<Rounds>& rounds) {
  storage::OfferedFolder& folder = *swarm->disk().offered_folder();
  std::uint32_t& next = rounds->next[truncated(swarm->content().info_hash())];
  std::optional<Error> gone;
  Changes changes;
  co_await net::on_worker(context->workers(), [&] {
    gone = folder.news();
    if (!gone) changes = folder.look(next, kMostFilesAtOnce);
    return true;
  });
  if (context->closed()) co_return;
  if (gone) co_return swarm->give_up(*gone);
  if (folder.in_doubt() && !std::exchange(rounds->proves, true))
    net::spawn(context->executor(), prove_one(context, swarm, rounds));
  for (std::size_t i = 0; i < changes.size(); ++i) {
    swarm->lose_file(changes[i].file,
                     i < kMostTold ? std::optional(changes[i].news) : std::nullopt);
  }
  if (changes.size() > kMostTold) {
    context->tell(event::Notice{"... and so are " + std::to_string(changes.size() - kMostTold) +
                                " more files of \"" + swarm->content().file().name + "\"."});
  }
}

}  // namespace

asio::awaitable<void> watch_folders(std::shared_ptr<SessionContext> context) {
  asio::steady_timer timer(context->executor());
  const auto rounds = std::make_shared<Rounds>();
  while (!context->closed()) {
    co_await net::sleep(timer, kFoldersEvery);
    for (const auto& swarm : folders_of(*context)) {
      if (context->closed()) break;
      co_await look_at(context, swarm, rounds);
    }
  }
  rounds->stop.request_stop();
}

}  // namespace shoal::session
