#include "session/host.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "base/party.hpp"
#include "net/deadline.hpp"
#include "net/runtime_impl.hpp"
#include "net/spawn.hpp"
#include "net/tls_context.hpp"
#include "net/wakeup.hpp"
#include "session/descriptors.hpp"
#include "session/file_watch.hpp"
#include "session/hashing.hpp"
#include "session/peer_id.hpp"
#include "wire/handshake.hpp"

namespace shoal {
namespace {

constexpr Duration kLookForGaps = std::chrono::milliseconds(250);
constexpr Duration kGreetingTime = std::chrono::seconds(10);
constexpr std::size_t kFewestGreetings = 200;  // at once, or as many as may be connected

/// What a peer has sent in place of a BitTorrent handshake.
std::string_view what_came(BytesView bytes) {
  constexpr std::byte kTlsHandshake{22};  // the type of a record, RFC 8446
  constexpr std::byte kTlsMajor{3};
  if (bytes[0] == kTlsHandshake && bytes[1] == kTlsMajor) {
    return "came with TLS: it has a --key, and we were started without one";
  }
  return "sent no BitTorrent handshake";
}

/// Names are for links only: whoever dials the trackers' peers looks nothing up.
std::vector<Endpoint> numeric(const std::vector<std::string>& addresses) {
  std::vector<Endpoint> found;
  for (const std::string& one : addresses)
    if (const auto endpoint = Endpoint::parse(one)) found.push_back(*endpoint);
  return found;
}

/// Takes in what has come, so that the system closes the connection instead of resetting it.
void leave_unread(net::Stream& stream) {
  std::array<std::byte, 4096> ignored;
  static_cast<void>(stream.read_available(ignored));
}

/// Of the party that most of them are of, the one that has been here for longest: whoever has
/// something to say says it soon, and no party shuts out others. Null when all are closed already,
/// which have not left yet.
net::Stream* oldest_of_a_crowd(std::list<net::Stream>& streams) {
  std::unordered_map<Party, std::size_t> crowds;
  for (const net::Stream& one : streams) ++crowds[Party::of(one.remote().address)];
  const auto rank = [&](net::Stream& one) {
    return one.is_open() ? crowds[Party::of(one.remote().address)] : 0;
  };
  const auto found = std::ranges::max_element(streams, {}, rank);
  return found != streams.end() && found->is_open() ? &*found : nullptr;
}

}  // namespace

Host::Host(Runtime& runtime, const PeerOptions& options, EventHandler on_event)
    : runtime_(runtime),
      on_event_(std::move(on_event)),
      trackers_(options.trackers),
      public_addresses_(options.public_addresses),
      tls_(options.keys
               ? std::make_shared<net::TlsContext>(runtime.impl().loop.get_executor(), options.keys)
               : nullptr),
      listener_(runtime.impl().loop.get_executor(), options.listen, tls_),
      address_(listener_.address()),
      environment_({.executor = runtime.impl().loop.get_executor(),
                    .workers = runtime.impl().pool,
                    .tls = tls_,
                    .self = {.peer_id = make_peer_id(), .listen_port = address_.port},
                    .max_connections = options.max_connections,
                    .upload_slots = options.upload_slots}),
      announcer_(environment_.executor, options.trackers, environment_.self.peer_id,
                 {.listens = address_,
                  .both_families = listener_.both_families(),
                  .said = numeric(options.public_addresses)},
                 {}, {}, options.keys),
      ticks_(environment_.executor),
      most_connections_(options.max_connections),
      most_descriptors_(session::most_descriptors()) {
  if (!options.cache_directory.empty()) layer_cache_.emplace(options.cache_directory);
  set_limits(options.limits);
  environment_.on_standing = [this](const session::Swarm& swarm) { tell_standing(swarm); };
}

void Host::start() {
  session::tell_how_is_hashed();
  net::spawn(environment_.executor, accept_loop(shared_from_this()));
  net::spawn(environment_.executor, notice_gaps(shared_from_this()));
  net::spawn(environment_.executor, watch_files(shared_from_this()));
  net::spawn(environment_.executor, watch_parts(shared_from_this()));
  address_watch_.emplace(environment_.executor,
                         [this](const auto& change) { addresses_changed(change); });
}

void Host::set_limits(const RateLimits& limits) {
  environment_.uploads.set_rate(limits.upload);
  environment_.downloads.set_rate(limits.download);
}

void Host::set_upload_slots(std::size_t slots) {
  const Time now = Clock::now();
  environment_.budget.slots.set_most(slots, now);
  for (const auto& [hash, swarm] : swarms_) swarm->slots_changed(now);
}

void Host::tell_soon(Event event) {
  runtime_.post([self = shared_from_this(), event = std::move(event)] { self->tell(event); });
}

// ---- swarms -----------------------------------------------------------------

void Host::add(const std::shared_ptr<session::Swarm>& swarm) {
  swarms_[truncated(swarm->content().info_hash())] = swarm;
}

void Host::remove(const InfoHash& file) {
  const auto found = swarms_.find(truncated(file));
  if (found == swarms_.end()) return;
  found->second->close();
  swarms_.erase(found);
}

std::shared_ptr<session::Swarm> Host::find(const InfoHash& file) const {
  const auto found = swarms_.find(truncated(file));
  return found == swarms_.end() ? nullptr : found->second;
}

void Host::tell_shared_by_link_only(const FileInfo& file, const Error& reason) {
  tell(event::Notice{"\"" + file.name +
                     "\" is shared by its link, but not by its name: " + reason.message + "."});
}

void Host::tell_rotten(const session::Swarm& swarm, PieceIndex piece,
                       const std::optional<Error>& unreadable) {
  const torrent::Content& content = swarm.content();
  if (layer_cache_ && swarm.witness()) {
    layer_cache_->forget(swarm.witness()->version, content.geometry(),
                         std::chrono::system_clock::now());
  }
  tell(event::Notice{"\"" + content.file().name + "\": piece " + std::to_string(value(piece) + 1) +
                     " of " + std::to_string(content.geometry().pieces()) +
                     (unreadable ? " cannot be read (" + unreadable->message + ")"
                                 : " on disk is not what was hashed (a failing disk?)") +
                     "; it is not offered any more, the rest of the file is."});
}

void Host::tell_standing(const session::Swarm& swarm) {
  const torrent::Content& content = swarm.content();
  if (auto* followed = announcer_.followed(content.info_hash())) {
    followed->update({.downloaded = swarm.torrent().fetched(),
                      .left = content.file().length - content.bytes(),
                      .uploaded = swarm.torrent().sent()});
  }
}

// ---- connections that come in -----------------------------------------------

/// As many may greet as may be connected. And where the process has few descriptors left, there are
/// to be no more of both than there are then, until half of them have gone.
void Host::make_room_for(net::Stream& newcomer) {
  torrent::Places& places = environment_.budget.places;
  const auto greeting =
      static_cast<std::size_t>(std::ranges::count_if(greeting_, &net::Stream::is_open));
  const std::size_t here = places.taken() + greeting;
  const std::size_t spare = session::spare_descriptors(most_descriptors_);
  const bool last = static_cast<std::size_t>(newcomer.descriptor()) + spare >= most_descriptors_;
  if (last) most_here_ = std::min(here, most_here_.value_or(here));
  if (most_here_ && here < *most_here_ / 2) most_here_.reset();
  const bool scarce = most_here_ && here >= *most_here_;
  // Who has greeted takes no descriptor more, so it need not wait for a place of others.
  places.set_most(std::min(most_connections_, most_here_.value_or(most_connections_)));
  if (!scarce && greeting < std::max(kFewestGreetings, most_connections_)) return;
  net::Stream* const leaving = oldest_of_a_crowd(greeting_);
  if (leaving == nullptr) return;
  spdlog::info("{}: makes room for others", leaving->remote().to_string());
  leaving->close();
}

asio::awaitable<void> Host::accept_loop(std::shared_ptr<Host> self) {
  try {
    for (;;) {
      // Those who are here already come first, so that no more wait for us than for their peers.
      if (self->tls_) co_await self->tls_->handshakes.mine();
      net::Stream stream = co_await self->listener_.accept();
      self->make_room_for(stream);
      const auto place = self->greeting_.insert(self->greeting_.end(), std::move(stream));
      net::spawn(self->environment_.executor, greet(self, place));
    }
  } catch (const std::system_error& failure) {
    if (!self->closed_) {
      self->tell(
          event::Notice{"No new peers can connect any more: " + std::string(failure.what())});
    }
  }
}

asio::awaitable<void> Host::greet(std::shared_ptr<Host> self,
                                  std::list<net::Stream>::iterator place) {
  std::optional<wire::Handshake> theirs;
  try {
    const net::Deadline deadline(*place, kGreetingTime);
    co_await place->secure();
    std::array<std::byte, wire::kHandshakeLength> bytes;
    co_await place->read_exactly(bytes);
    theirs = wire::decode_handshake(bytes);
    if (!theirs) spdlog::info("{}: {}", place->remote().to_string(), what_came(bytes));
    if (!theirs) leave_unread(*place);
  } catch (const std::system_error& failure) {
    spdlog::info("{}: ended before its handshake: {}", place->remote().to_string(),
                 failure.code().message());
  }
  net::Stream stream = std::move(*place);
  self->greeting_.erase(place);
  if (!theirs || !stream.is_open()) co_return stream.close();
  const auto found = self->swarms_.find(theirs->info_hash);
  if (found != self->swarms_.end()) {
    found->second->adopt(std::move(stream), *theirs);
  } else {
    spdlog::debug("{}: asked for a file that is not here", stream.remote().to_string());
    stream.close();
  }
}

// ---- where we are -----------------------------------------------------------

void Host::addresses_changed(const net::AddressWatch::Change& change) {
  for (const IpAddress& one : change.gone) spdlog::info("this machine lost {}", one.to_string());
  for (const IpAddress& one : change.come) spdlog::info("this machine is {} now", one.to_string());
  announcer_.addresses_changed();
  for (const auto& [hash, swarm] : swarms_) swarm->addresses_changed(change.gone);
}

// ---- time -------------------------------------------------------------------

asio::awaitable<void> Host::notice_gaps(std::shared_ptr<Host> self) {
  std::uint64_t gaps = Clock::look().gaps;
  while (!self->closed_) {
    co_await net::sleep(self->ticks_, kLookForGaps);
    const auto [now, gaps_by_now] = Clock::look();
    if (std::exchange(gaps, gaps_by_now) != gaps_by_now) self->resumed(now);
  }
}

void Host::resumed(Time now) {
  spdlog::info("this program was stopped for a while; everybody gets a fresh start");
  announcer_.resumed();
  for (const auto& [hash, swarm] : swarms_) swarm->resumed(now);
}

// ---- the end ----------------------------------------------------------------

void Host::close(std::function<void()> done) {
  net::spawn(environment_.executor, leave(shared_from_this(), std::move(done)));
}

void Host::abandon() {
  closed_ = true;
  on_event_ = {};
  environment_.on_standing = {};
  listener_.close();
  ticks_.cancel();
  address_watch_.reset();
  for (const auto& [hash, swarm] : std::exchange(swarms_, {})) swarm->close();
}

asio::awaitable<void> Host::leave(std::shared_ptr<Host> self, std::function<void()> done) {
  if (!self->closed_) {
    for (const auto& [hash, swarm] : self->swarms_) self->tell_standing(*swarm);
    self->abandon();
    co_await self->announcer_.close();
  }
  if (done) done();
}

}  // namespace shoal
