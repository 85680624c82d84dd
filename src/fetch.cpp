// Leecher: from a name to a file.
#include <algorithm>
#include <chrono>
#include <deque>
#include <fstream>
#include <utility>

#include <asio/steady_timer.hpp>

#include "base/units.hpp"
#include "leecher_impl.hpp"
#include "metainfo/name.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "net/workers.hpp"
#include "storage/part_file.hpp"
#include "take_in.hpp"

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLookupPatience = seconds(5);
constexpr Duration kAskAgain =
    seconds(1);  // while nobody offers the name and there is time to wait
constexpr Duration kProgressInterval = milliseconds(250);
constexpr Duration kMorePeers = seconds(30);  // how often trackers are asked for new peers
constexpr Duration kMorePeersWhenAlone = seconds(3);
constexpr Duration kAloneForLong =
    seconds(60);  // without any peer: give up, or as long as --wait says

/// Bytes a second over the last few seconds.
class RateMeter {
 public:
  double add(std::uint64_t bytes, Time now) {
    constexpr Duration kWindow = seconds(5);
    samples_.push_back({now, bytes});
    while (samples_.size() > 2 && now - samples_[1].time >= kWindow) samples_.pop_front();
    const std::chrono::duration<double> span = now - samples_.front().time;
    if (span.count() <= 0) return 0;
    return static_cast<double>(bytes - samples_.front().bytes) / span.count();
  }

 private:
  struct Sample {
    Time time;
    std::uint64_t bytes;
  };
  std::deque<Sample> samples_;
};

/// How a swarm tells the coroutine that waits for it.
struct Ending {
  explicit Ending(const asio::any_io_executor& executor) : timer(executor) {}

  asio::steady_timer timer;
  bool complete = false;
  std::optional<Error> failure;
  [[nodiscard]] bool reached() const { return complete || failure; }
};

Result<void> create_empty(const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) {
    if (std::filesystem::is_regular_file(path) && std::filesystem::file_size(path) == 0) return {};
    return fail(Errc::conflict,
                path.string() + " exists already with other content; move it away first");
  }
  if (!std::ofstream(path)) return fail(Errc::io, "cannot create " + path.string());
  return {};
}

Error left_alone(const swarm::Swarm& swarm) {
  const auto& content = swarm.content();
  return {Errc::not_found, "everybody who has it has left, or cannot be reached; " +
                               format_size(content.bytes()) + " of " +
                               format_size(content.file().length) +
                               " are kept, and the same command goes on from there"};
}

}  // namespace

void Leecher::Impl::fetch(const std::string& name, FetchOptions options) {
  net::spawn(host_->executor(), run(shared_from_this(), name, std::move(options)));
}

asio::awaitable<void> Leecher::Impl::run(std::shared_ptr<Impl> self, std::string name,
                                         FetchOptions options) {
  Result<void> outcome;
  if (const auto allowed = check_name(name); !allowed) {
    outcome = std::unexpected(allowed.error());
  } else if (!self->fetching_.insert(name).second) {
    outcome = fail(Errc::busy, "it is being fetched already");
  } else {
    outcome = co_await self->fetch_one(name, std::move(options));
    self->fetching_.erase(name);
  }
  if (!outcome && !self->stopped()) self->host_->tell(event::Failed{name, outcome.error()});
}

asio::awaitable<Result<void>> Leecher::Impl::fetch_one(std::string name, FetchOptions options) {
  auto found = co_await find(name, options);
  if (!found) co_return std::unexpected(found.error());
  host_->tell(event::Found{found->file, info_hash(found->file), found->peers.size()});
  const std::filesystem::path path = options.directory / name;
  if (found->file.length == 0) co_return co_await make_empty(found->file, path);
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    co_return co_await adopt_existing(found->file, path);
  }
  co_return co_await download(std::move(*found), options);
}

asio::awaitable<Result<Leecher::Impl::Lookup>> Leecher::Impl::find(std::string name,
                                                                   const FetchOptions& options) {
  const Time until = Clock::now() + options.wait;
  asio::steady_timer timer(host_->executor());
  for (;;) {
    auto found = co_await host_->announcer().find(name, options.root, kLookupPatience);
    const bool worth_waiting =
        !found && (found.error().code == Errc::not_found || found.error().code == Errc::no_tracker);
    if (!worth_waiting || stopped() || Clock::now() + kAskAgain > until) co_return found;
    co_await net::sleep(timer, kAskAgain);
  }
}

asio::awaitable<Result<void>> Leecher::Impl::make_empty(FileInfo file, std::filesystem::path path) {
  const Time since = Clock::now();
  const auto made = co_await net::on_worker(host_->workers(), [&] { return create_empty(path); });
  if (made) completed(file, path, 0, since);
  co_return made;
}

asio::awaitable<Result<void>> Leecher::Impl::adopt_existing(FileInfo file,
                                                            std::filesystem::path path) {
  const Time since = Clock::now();
  auto held = co_await take_in(host_, path, file.name, stop_.get_token());
  if (!held) co_return std::unexpected(held.error());
  if (held->file.root != file.root || held->file.length != file.length) {
    co_return fail(Errc::conflict,
                   path.string() +
                       " exists already with other content and was not touched; move it away, or "
                       "choose another directory with --output");
  }
  if (held->content && held->file == file) {
    host_->add(std::make_shared<swarm::Swarm>(host_->environment(), std::move(*held->content),
                                              std::move(held->bytes), swarm::SwarmEvents{}));
  }
  completed(file, path, 0, since);
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Leecher::Impl::download(Lookup found, const FetchOptions& options) {
  const Time since = Clock::now();
  const FileInfo file = found.file;
  const auto geometry = Geometry::make(file.length, file.piece_length);
  if (!geometry) co_return std::unexpected(geometry.error());
  auto part = co_await net::on_worker(host_->workers(), [&] {
    return storage::PartFile::open(options.directory, file.name, file.length);
  });
  if (!part) co_return std::unexpected(part.error());

  const auto ending = std::make_shared<Ending>(host_->executor());
  swarm::SwarmEvents events;
  events.on_checking = [host = host_, name = file.name](std::uint64_t bytes, std::uint64_t length) {
    host->tell(event::Hashing{name, bytes, length});
  };
  events.on_complete = [ending] {
    ending->complete = true;
    ending->timer.cancel();
  };
  events.on_failed = [ending](const Error& reason) {
    ending->failure = reason;
    ending->timer.cancel();
  };
  const auto swarm = std::make_shared<swarm::Swarm>(
      host_->environment(), swarm::Content(file, *geometry), std::move(*part), std::move(events));
  host_->add(swarm);
  host_->announcer().offer(file, false);
  swarm->start();
  swarm->add_peers(found.peers);

  RateMeter rate;
  Time asked = since;
  Time last_company = since;
  const Duration patience = std::max<Duration>(kAloneForLong, options.wait);
  while (!ending->reached()) {
    co_await net::sleep(ending->timer, kProgressInterval);
    if (stopped()) co_return fail(Errc::cancelled, "interrupted");
    const Time now = Clock::now();
    const std::size_t peers = swarm->peers();
    if (peers > 0) last_company = now;
    if (ending->reached()) break;
    host_->tell(event::Progress{file.name, swarm->content().bytes(), file.length,
                                rate.add(swarm->fetched(), now), peers});
    if (now - last_company > patience) ending->failure = left_alone(*swarm);
    if (now - asked > (peers == 0 ? kMorePeersWhenAlone : kMorePeers)) {
      asked = now;
      net::spawn(host_->executor(), look_for_peers(shared_from_this(), swarm));
    }
  }
  if (ending->failure) {
    host_->announcer().withdraw(swarm->content().info_hash());
    host_->remove(swarm->content().info_hash());
    co_return std::unexpected(*ending->failure);
  }
  completed(file, swarm->path(), swarm->fetched(), since);
  co_return Result<void>{};
}

asio::awaitable<void> Leecher::Impl::look_for_peers(std::shared_ptr<Impl> self,
                                                    std::shared_ptr<swarm::Swarm> swarm) {
  const auto found =
      co_await self->host_->announcer().find_peers(swarm->content().file(), kLookupPatience);
  if (found) swarm->add_peers(found->peers);
}

void Leecher::Impl::completed(const FileInfo& file, const std::filesystem::path& path,
                              std::uint64_t fetched, Time since) {
  complete_.push_back(file);
  host_->announcer().offer(file, true);
  host_->tell(event::Complete{file, path, fetched,
                              std::chrono::duration_cast<milliseconds>(Clock::now() - since)});
}

}  // namespace shoal
