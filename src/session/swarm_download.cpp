#include "session/swarm_download.hpp"

#include <chrono>
#include <utility>

#include <asio/steady_timer.hpp>

#include "base/units.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"

namespace shoal::session {
namespace {

constexpr Duration kPeersPatience = std::chrono::seconds(5);
constexpr Duration kTellOfDisk = std::chrono::milliseconds(100);  // while it is looked at

}  // namespace

struct SwarmDownload::State {
  State(const asio::any_io_executor& executor, std::string of)
      : name(std::move(of)), end(executor) {}

  std::string name;
  asio::steady_timer end;     // cancelled when it comes
  std::uint64_t checked = 0;  // bytes of what the disk held
  Time told{};                // of that
  std::optional<Result<void>> ended;
};

SwarmDownload::SwarmDownload(std::shared_ptr<SessionContext> context, const Wanted& wanted,
                             torrent::Content content, std::unique_ptr<PartDisk> disk,
                             std::unique_ptr<MakingRoom> room)
    : context_(std::move(context)),
      room_(std::move(room)),
      state_(std::make_shared<State>(context_->executor(), wanted.file.name)),
      swarm_(std::make_shared<Swarm>(context_->environment(), std::move(content), std::move(disk),
                                     events_of(context_, state_))),
      by_name_(wanted.known_by_name()) {
  context_->torrents().add(swarm_);
  if (by_name_) context_->announcer().offer(wanted.file, false);
  swarm_->start();
  swarm_->add_peers(wanted.peers);
}

SwarmEvents SwarmDownload::events_of(const std::shared_ptr<SessionContext>& context,
                                     const std::shared_ptr<State>& state) {
  SwarmEvents events;
  events.on_checking = [context, state](std::uint64_t bytes, std::uint64_t length) {
    state->checked = bytes;
    const Time now = Clock::now();
    if (bytes < length && now - state->told < kTellOfDisk) return;
    state->told = now;
    context->tell(event::Hashing{state->name, bytes, length});
  };
  events.on_notice = [context](const std::string& message) {
    context->tell(event::Notice{message});
  };
  events.on_changed = [context, state](std::uint64_t bytes) {
    context->tell(event::Notice{"Another program has changed \"" + state->name +
                                "\" while it was being filled: " + format_size(bytes) +
                                " of it are not what they were, and are fetched again."});
  };
  events.on_complete = [state] {
    state->ended = Result<void>{};
    state->end.cancel();
  };
  events.on_failed = [state](const Error& reason) {
    state->ended = std::unexpected(reason);
    state->end.cancel();
  };
  events.on_wrong_data = [context, state](const std::string& peer) {
    context->tell(event::WrongData{state->name, peer});
  };
  return events;
}

asio::awaitable<void> SwarmDownload::wait(Duration most) {
  return net::sleep(state_->end, most);
}

std::optional<Result<void>> SwarmDownload::ended() const {
  return state_->ended;
}

DownloadSample SwarmDownload::sample() const {
  const torrent::Torrent& torrent = swarm_->torrent();
  const torrent::Content& content = torrent.content();
  return {.bytes = content.bytes(),
          .fetched = torrent.fetched(),
          .arrived = torrent.arrived() + room_->made(),
          .checked = state_->checked,
          .complete = content.complete(),
          .held_back = torrent.held_back(),
          .peers = torrent.peers(),
          .known = torrent.known_peers(),
          .liars = torrent.liars(),
          .pieces = content.wanted_pieces(),
          .length = content.wanted_bytes(),
          .files = content.files().whole(),
          .of_files = content.files().wanted(),
          .unprovable = torrent.unprovable(),
          .held = torrent.held_by(Clock::now())};
}

void SwarmDownload::look_for_peers() {
  net::spawn(context_->executor(), ask_for_peers(context_, swarm_, by_name_));
}

asio::awaitable<void> SwarmDownload::ask_for_peers(std::shared_ptr<SessionContext> context,
                                                   std::shared_ptr<Swarm> swarm, bool by_name) {
  discovery::Announcer& announcer = context->announcer();
  if (auto* followed = announcer.followed(swarm->content().info_hash())) followed->hurry();
  if (!by_name) co_return;
  const auto found = co_await announcer.find_peers(swarm->content().file(), kPeersPatience);
  if (found) swarm->add_peers(found->peers);
}

void SwarmDownload::give_up() {
  const InfoHash& hash = swarm_->content().info_hash();
  if (by_name_) context_->announcer().withdraw(hash);
  context_->torrents().remove(hash);
}

}  // namespace shoal::session
