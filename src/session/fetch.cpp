// Leecher: from a name, or from what a link led to, to a file.
#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include <asio/steady_timer.hpp>

#include "base/units.hpp"
#include "discovery/visibility.hpp"
#include "metainfo/name.hpp"
#include "metainfo/spelling.hpp"
#include "net/own_addresses.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "net/workers.hpp"
#include "session/leecher_impl.hpp"
#include "session/making_room.hpp"
#include "session/patience.hpp"
#include "session/peer_words.hpp"
#include "session/take_in.hpp"
#include "storage/empty_file.hpp"
#include "storage/rename.hpp"
#include "storage/spelled.hpp"

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLookupPatience = seconds(5);
constexpr Duration kFirstPatience = seconds(2);
constexpr Duration kAskAgain =
    seconds(1);  // while nobody offers the name and there is time to wait
constexpr Duration kProgressInterval = milliseconds(250);
constexpr Duration kMorePeers = seconds(30);  // how often trackers are asked for new peers
constexpr Duration kMorePeersWhenStalled = seconds(3);
// For somebody else to come who has what the only source has wrong.
constexpr Duration kLastHope = seconds(10);
constexpr Duration kTellOfDisk = milliseconds(100);  // while it is looked at

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
  std::uint64_t checked = 0;  // bytes of what the disk held
  Time told{};                // of that
  bool complete = false;
  std::optional<Error> failure;
  [[nodiscard]] bool reached() const { return complete || failure; }
};

std::string what_is_kept(const torrent::Content& content) {
  if (content.bytes() == 0) return "nothing of it has arrived";
  return format_size(content.bytes()) + " of " + format_size(content.file().length) +
         " are kept, and the same command goes on from there";
}

/// What is missing was sent wrong, each time, and nobody else has it.
Error not_provable(const torrent::Content& content, std::size_t missing) {
  const std::size_t pieces = content.geometry().pieces();
  const auto share = static_cast<unsigned>(100.0 * static_cast<double>(content.bytes()) /
                                           static_cast<double>(content.file().length));
  return {Errc::unprovable,
          std::to_string(missing) + " of " + std::to_string(pieces) +
              (pieces == 1 ? " piece" : " pieces") + " cannot be proven: the only peer that has " +
              (missing == 1 ? "it" : "them") + " sends wrong data; " + std::to_string(share) +
              " % is kept, and the same command goes on from there"};
}

Error given_up(const session::Swarm& swarm, Patience::Verdict why) {
  if (const auto missing = swarm.torrent().unprovable(); missing > 0) {
    return not_provable(swarm.content(), missing);
  }
  const std::string kept = what_is_kept(swarm.content());
  std::string alone = why_alone(swarm.torrent().known_peers());
  if (!alone.empty()) alone = " (" + alone + ")";
  if (swarm.torrent().liars() > 0) {
    return {Errc::unprovable,
            "what was sent is not the file that its root stands for, and nobody "
            "else is there" +
                alone + "; " + kept};
  }
  if (why == Patience::Verdict::ignored) {
    return {Errc::not_found, "there are peers, but none of them sends what is missing; " + kept};
  }
  return {Errc::not_found,
          "everybody who has it has left, or cannot be reached" + alone + "; " + kept};
}

}  // namespace

const std::string& local_name(const FileInfo& file, const FetchOptions& options) {
  return options.as.empty() ? file.name : options.as;
}

void Leecher::Impl::fetch(const std::string& target, FetchOptions options) {
  net::spawn(host_->executor(), run(shared_from_this(), target, std::move(options)));
}

asio::awaitable<void> Leecher::Impl::run(std::shared_ptr<Impl> self, std::string target,
                                         FetchOptions options) {
  Asked asked{.name = target, .target = {}};
  Result<void> outcome;
  const auto allowed = options.as.empty() ? Result<void>{} : check_name(options.as);
  if (!allowed) {
    outcome = std::unexpected(allowed.error());
  } else if (!self->targets_.insert(target).second) {
    outcome = fail(Errc::busy, "it is being fetched already");
  } else {
    options.directory = storage::as_on_disk(options.directory);
    outcome = co_await self->fetch_asked(asked, std::move(options));
    self->targets_.erase(target);
  }
  if (!outcome && !self->stopped()) {
    self->host_->tell(event::Failed{asked.name, outcome.error(), asked.target, asked.peers});
  }
}

asio::awaitable<Result<void>> Leecher::Impl::fetch_asked(Asked& asked, FetchOptions options) {
  const Target kind = kind_of(asked.name);
  if (kind == Target::name) co_return co_await fetch_name(asked, std::move(options));
  if (kind == Target::either) co_return co_await fetch_name_or_link(asked, std::move(options));
  asked.target = asked.name;
  co_return co_await fetch_link(asked, std::move(options));
}

asio::awaitable<Result<void>> Leecher::Impl::fetch_name(Asked& asked, FetchOptions options) {
  if (const auto allowed = check_name(asked.name); !allowed) {
    co_return std::unexpected(allowed.error());
  }
  auto found = co_await find(asked.name, options);
  if (!found) co_return std::unexpected(found.error());
  if (found->file.name != asked.name) {
    asked.target = std::exchange(asked.name, found->file.name);
    host_->tell(event::Notice{"\"" + asked.name +
                              "\" is offered in another Unicode spelling, which looks the same; "
                              "that one is fetched."});
  }
  const InfoHash hash = info_hash(found->file);
  const bool is_here = co_await came_by_another(hash, asked.target);
  if (is_here) co_return Result<void>{};
  if (stopped()) co_return fail(Errc::cancelled, "interrupted");
  under_way_.insert(hash);
  auto warning = discovery::all_at_one_address(*found, net::own_addresses());
  Wanted wanted{.file = std::move(found->file),
                .info_hash = hash,
                .peers = std::move(found->peers),
                .info_dictionary = {},
                .piece_layer = {},
                .target = asked.target,
                .others = std::size_t{found->seeders} + found->leechers,
                .warning = std::move(warning),
                .asked = &asked};
  const auto outcome = co_await fetch_wanted(std::move(wanted), options);
  under_way_.erase(hash);
  co_return outcome;
}

asio::awaitable<bool> Leecher::Impl::came_by_another(InfoHash file, std::string target) {
  asio::steady_timer timer(host_->executor());
  while (under_way_.contains(file) && !stopped()) co_await net::sleep(timer, kProgressInterval);
  const auto held = std::ranges::find(complete_, file, &HeldFile::info_hash);
  if (held == complete_.end()) co_return false;
  host_->tell(event::Complete{held->file, held->path, 0, {}, std::move(target)});
  co_return true;
}

asio::awaitable<Result<void>> Leecher::Impl::fetch_wanted(Wanted wanted,
                                                          const FetchOptions& options) {
  const std::string name = local_name(wanted.file, options);
  asio::steady_timer timer(host_->executor());
  while (writing_.contains(name) && !stopped()) co_await net::sleep(timer, kProgressInterval);
  if (stopped()) co_return fail(Errc::cancelled, "interrupted");
  writing_.insert(name);
  const auto outcome = co_await put_into_place(std::move(wanted), options);
  writing_.erase(name);
  co_return outcome;
}

asio::awaitable<Result<void>> Leecher::Impl::put_into_place(Wanted wanted,
                                                            const FetchOptions& options) {
  const FileInfo& file = wanted.file;
  const std::size_t others =
      wanted.others == 0 ? wanted.peers.size() : std::min(wanted.peers.size(), wanted.others);
  host_->tell(event::Found{file, wanted.info_hash, others, wanted.target});
  if (wanted.warning) host_->tell(event::Notice{*wanted.warning});
  const std::filesystem::path path = options.directory / local_name(file, options);
  co_await net::on_worker(host_->workers(), [&] { return storage::remove_placeholder(path); });
  if (file.length == 0) co_return co_await make_empty(std::move(wanted), path);
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    co_return co_await adopt_existing(std::move(wanted), path);
  }
  co_return co_await download(std::move(wanted), options);
}

asio::awaitable<Result<discovery::Lookup>> Leecher::Impl::find_in_any_spelling(
    std::string name, std::optional<Digest> root, Duration patience) {
  auto found = co_await host_->announcer().find(name, root, patience);
  for (const std::string& spelling : other_spellings(name)) {
    if (found || found.error().code != Errc::not_found || stopped()) break;
    if (!check_name(spelling)) continue;  // it may be too long
    auto other = co_await host_->announcer().find(spelling, root, patience);
    if (other) co_return other;
  }
  co_return found;
}

asio::awaitable<Result<discovery::Lookup>> Leecher::Impl::find(std::string name,
                                                               const FetchOptions& options) {
  AskingTime time(options.wait, RealClock::now(), Clock::look().gaps);
  asio::steady_timer timer(host_->executor());
  std::optional<Errc> waiting_for;
  // Who is ready to wait hears soon that there is something to wait for.
  Duration patience = options.wait > kLookupPatience ? kFirstPatience : kLookupPatience;
  for (;;) {
    auto found = co_await find_in_any_spelling(name, options.root, patience);
    patience = kLookupPatience;
    const bool worth_waiting =
        !found && (found.error().code == Errc::not_found || found.error().code == Errc::no_tracker);
    if (!worth_waiting || stopped()) co_return found;
    if (time.over(RealClock::now() + kAskAgain, Clock::look().gaps)) co_return found;
    if (std::exchange(waiting_for, found.error().code) != found.error().code) {
      host_->tell(event::Waiting{name, found.error()});
    }
    co_await net::sleep(timer, kAskAgain);
  }
}

asio::awaitable<Result<void>> Leecher::Impl::make_empty(Wanted wanted, std::filesystem::path path) {
  const Time since = Clock::now();
  const auto made =
      co_await net::on_worker(host_->workers(), [&] { return storage::make_empty_file(path); });
  host_->announcer().unfollow(wanted.info_hash);  // an empty file has no swarm
  if (made) completed(wanted, path, 0, since);
  co_return made;
}

asio::awaitable<Result<void>> Leecher::Impl::adopt_existing(Wanted wanted,
                                                            std::filesystem::path path) {
  const Time since = Clock::now();
  const FileInfo& file = wanted.file;
  const Error other_content{Errc::conflict,
                            path.string() +
                                " exists already with other content and was not touched; move it "
                                "away, or choose another directory with --output or another "
                                "name with --as"};
  std::error_code ignored;
  const bool dangling = !std::filesystem::exists(path, ignored);
  const bool of_other_length = std::filesystem::is_regular_file(path, ignored) &&
                               std::filesystem::file_size(path, ignored) != file.length;
  if (dangling || of_other_length) co_return std::unexpected(other_content);
  co_await net::on_worker(host_->workers(), [&] {
    return storage::PartFile::remove_second_name(path.parent_path(), path.filename(), file.root);
  });
  Form form{.piece_length = file.piece_length, .info_dictionary = wanted.info_dictionary};
  auto held = co_await take_in(host_, path, file.name, stop_.get_token(), std::move(form));
  if (!held) co_return std::unexpected(held.error());
  if (held->file != file) co_return std::unexpected(other_content);
  const auto swarm =
      std::make_shared<session::Swarm>(host_->environment(), std::move(*held->content),
                                       std::move(held->bytes), session::SwarmEvents{});
  swarm->set_witness(std::move(held->witness));
  host_->add(swarm);
  host_->tell_standing(*swarm);
  completed(wanted, path, 0, since);
  co_return Result<void>{};
}

asio::awaitable<Result<storage::PartFile>> Leecher::Impl::open_part(
    const FileInfo& file, const FetchOptions& options, std::function<void(std::uint64_t)> on_room) {
  const storage::PartOptions how{.room = {.preallocate = options.preallocate,
                                          .stop = stop_.get_token(),
                                          .on_made = std::move(on_room)},
                                 .sync = options.sync};
  auto part = co_await net::on_worker(host_->workers(), [&] {
    return storage::PartFile::open(options.directory, local_name(file, options), file.root,
                                   file.length, how);
  });
  if (!part) co_return part;
  for (const std::string& note : part->notes()) host_->tell(event::Notice{note});
  if (!part->locked() && !std::exchange(told_of_no_locks_, true)) {
    host_->tell(event::Notice{"The file system of " + options.directory.string() +
                              " has no locks, so nothing keeps a second leecher from fetching the "
                              "same file there; do not start one."});
  }
  co_return part;
}

asio::awaitable<Result<void>> Leecher::Impl::download(Wanted wanted, const FetchOptions& options) {
  const Time since = Clock::now();
  const FileInfo& file = wanted.file;
  const auto geometry = Geometry::make(file.length, file.piece_length);
  if (!geometry) co_return std::unexpected(geometry.error());
  const MakingRoom room(*host_, file.name, file.length);
  auto part = co_await open_part(file, options, room.on_made());
  if (!part) co_return std::unexpected(part.error());

  const auto ending = std::make_shared<Ending>(host_->executor());
  session::SwarmEvents events;
  events.on_checking = [host = host_, ending, name = file.name](std::uint64_t bytes,
                                                                std::uint64_t length) {
    ending->checked = bytes;
    const Time now = Clock::now();
    if (bytes < length && now - ending->told < kTellOfDisk) return;
    ending->told = now;
    host->tell(event::Hashing{name, bytes, length});
  };
  events.on_notice = [host = host_](const std::string& message) {
    host->tell(event::Notice{message});
  };
  events.on_changed = [host = host_, name = file.name](std::uint64_t bytes) {
    host->tell(event::Notice{"Another program has changed \"" + name +
                             "\" while it was being filled: " + format_size(bytes) +
                             " of it are not what they were, and are fetched again."});
  };
  events.on_complete = [ending] {
    ending->complete = true;
    ending->timer.cancel();
  };
  events.on_failed = [ending](const Error& reason) {
    ending->failure = reason;
    ending->timer.cancel();
  };
  events.on_wrong_data = [host = host_, name = file.name](const std::string& peer) {
    host->tell(event::WrongData{name, peer});
  };
  torrent::Content content(file, *geometry, wanted.info_dictionary);
  if (!wanted.piece_layer.empty()) {
    content.set_layers(*merkle::LayerTree::build(std::move(wanted.piece_layer),
                                                 geometry->piece_level(), geometry->tree_height(),
                                                 file.root));
  }
  const auto swarm = std::make_shared<session::Swarm>(host_->environment(), std::move(content),
                                                      std::move(*part), std::move(events));
  host_->add(swarm);
  const bool by_name = wanted.known_by_name();
  if (by_name) host_->announcer().offer(file, false);
  swarm->start();
  swarm->add_peers(wanted.peers);

  RateMeter rate;
  Time asked = since;
  Time last_arrival = since;
  std::uint64_t last_arrived = 0;
  std::uint64_t last_checked = 0;
  std::uint64_t gaps = Clock::look().gaps;
  Patience patience(options.wait, since);
  std::optional<Time> hopeless_since;
  while (!ending->reached()) {
    co_await net::sleep(ending->timer, kProgressInterval);
    if (stopped()) co_return fail(Errc::cancelled, "interrupted");
    const auto [now, gaps_by_now] = Clock::look();
    const bool resumed = std::exchange(gaps, gaps_by_now) != gaps_by_now;
    const std::size_t peers = swarm->torrent().peers();
    if (ending->reached()) break;
    host_->tell(event::Progress{file.name, swarm->content().bytes(), file.length,
                                rate.add(swarm->torrent().fetched(), now), peers,
                                swarm->torrent().known_peers()});
    const std::uint64_t arrived = swarm->torrent().arrived() + room.made();
    const bool held_back = swarm->torrent().held_back();
    const bool checking = std::exchange(last_checked, ending->checked) != ending->checked;
    if (held_back) patience.held_back(now);
    // Nobody is needed while it is only read again, however long that takes.
    const bool all_here = swarm->content().complete();
    if (checking || resumed || all_here) patience.begin_anew(now);
    if (arrived != last_arrived || held_back || checking) last_arrival = now;
    last_arrived = arrived;
    const auto verdict = patience.look(peers, arrived, now);
    if (verdict == Patience::Verdict::tell) {
      host_->tell(event::Notice{"Nothing comes from the peers of \"" + file.name +
                                "\" for now; still trying."});
    } else if (verdict != Patience::Verdict::go_on) {
      ending->failure = given_up(*swarm, verdict);
    }
    const std::size_t unprovable = swarm->torrent().unprovable();
    if (unprovable == 0) hopeless_since.reset();
    if (unprovable > 0 && !hopeless_since) hopeless_since = now;
    if (peers > 0 && hopeless_since &&
        now - *hopeless_since > std::max<Duration>(kLastHope, options.wait)) {
      ending->failure = not_provable(swarm->content(), unprovable);
    }
    const bool stalls = peers == 0 || now - last_arrival > kMorePeersWhenStalled;
    if (resumed || now - asked > (stalls ? kMorePeersWhenStalled : kMorePeers)) {
      asked = now;
      net::spawn(host_->executor(), look_for_peers(shared_from_this(), swarm, by_name));
    }
  }
  if (ending->failure) {
    if (wanted.asked != nullptr) wanted.asked->peers = swarm->torrent().known_peers();
    if (by_name) host_->announcer().withdraw(wanted.info_hash);
    host_->remove(wanted.info_hash);
    co_return std::unexpected(*ending->failure);
  }
  host_->tell_standing(*swarm);
  completed(wanted, swarm->path(), swarm->torrent().fetched(), since);
  co_return Result<void>{};
}

asio::awaitable<void> Leecher::Impl::look_for_peers(std::shared_ptr<Impl> self,
                                                    std::shared_ptr<session::Swarm> swarm,
                                                    bool by_name) {
  discovery::Announcer& announcer = self->host_->announcer();
  if (auto* followed = announcer.followed(swarm->content().info_hash())) followed->hurry();
  if (!by_name) co_return;
  const auto found = co_await announcer.find_peers(swarm->content().file(), kLookupPatience);
  if (found) swarm->add_peers(found->peers);
}

void Leecher::Impl::completed(const Wanted& wanted, const std::filesystem::path& path,
                              std::uint64_t fetched, Time since) {
  const HeldFile held{wanted.file, wanted.info_hash, path};
  complete_.push_back(held);
  if (const auto swarm = host_->find(wanted.info_hash)) {
    session::SwarmEvents events;
    events.on_failed = [weak = weak_from_this(), held](const Error& reason) {
      if (const auto self = weak.lock()) self->lost(held, reason);
    };
    events.on_rotten = [host = std::weak_ptr(host_), hash = wanted.info_hash](
                           PieceIndex piece, const std::optional<Error>& unreadable) {
      const auto alive = host.lock();
      const auto rotten = alive ? alive->find(hash) : nullptr;
      if (rotten) alive->tell_rotten(*rotten, piece, unreadable);
    };
    swarm->set_events(std::move(events));
  }
  if (wanted.known_by_name()) host_->announcer().offer(wanted.file, true);
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - since);
  host_->tell(event::Complete{wanted.file, path, fetched, took, wanted.target});
}

}  // namespace shoal
