#include "session/session.hpp"

#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

#include "net/listener.hpp"
#include "net/runtime_impl.hpp"
#include "net/spawn.hpp"
#include "net/tls_context.hpp"
#include "net/wakeup.hpp"
#include "secure/random.hpp"
#include "session/file_watch.hpp"
#include "session/hashing.hpp"
#include "session/peer_id.hpp"
#include "session/said_address.hpp"
#include "storage/kept_secret.hpp"

namespace shoal {

using namespace session;
namespace {

constexpr Duration kLookForGaps = std::chrono::milliseconds(250);

/// Names are for links only: whoever dials the trackers' peers looks nothing up.
std::vector<Endpoint> numeric(const std::vector<std::string>& addresses) {
  std::vector<Endpoint> found;
  for (const std::string& one : addresses)
    if (const auto endpoint = Endpoint::parse(one)) found.push_back(*endpoint);
  return found;
}

/// What trackers know this user's programs on this machine by, a restart later.
discovery::HostSecret secret_in(const std::filesystem::path& directory) {
  discovery::HostSecret fresh;
  secure::fill_random(fresh);
  if (directory.empty()) return fresh;
  return storage::kept_secret(directory / "host.secret", fresh);
}

}  // namespace

std::shared_ptr<Session> Session::start(Runtime& runtime, const PeerOptions& options,
                                        EventHandler on_event, Role role) {
  const asio::any_io_executor executor = runtime.impl().loop.get_executor();
  const net::TlsContextPtr tls =
      options.keys ? std::make_shared<net::TlsContext>(executor, options.keys) : nullptr;
  net::Listener listener(executor, options.listen, tls);
  const Endpoint address = listener.address();
  auto environment = std::make_shared<Environment>(
      Environment::Setup{.executor = executor,
                         .workers = runtime.impl().pool,
                         .tls = tls,
                         .self = {.peer_id = make_peer_id(), .listen_port = address.port},
                         .max_connections = options.max_connections,
                         .upload_slots = options.upload_slots});
  discovery::Announcer announcer(executor, options.trackers, environment->self.peer_id,
                                 {.listens = address,
                                  .both_families = listener.both_families(),
                                  .said = numeric(options.public_addresses)},
                                 {}, {}, options.keys, secret_in(options.cache_directory));
  auto context = SessionContext::make(options, std::move(on_event), std::move(environment),
                                      std::move(announcer));
  const std::shared_ptr<Session> made(
      new Session(address, std::move(context), std::move(listener)));
  made->set_limits(options.limits);
  made->begin(role);
  return made;
}

Session::Session(const Endpoint& address, std::shared_ptr<SessionContext> context,
                 net::Listener listener)
    : address_(address),
      context_(std::move(context)),
      greeter_(std::make_shared<Greeter>(context_->environment(), std::move(listener),
                                         context_->most_connections())),
      offers_(std::make_shared<Offers>(context_)),
      offer_queue_(std::make_shared<OfferQueue>(context_, offers_)),
      fetches_(std::make_shared<Fetches>(context_, offers_)),
      gaps_timer_(context_->executor()) {}

void Session::begin(Role role) {
  tell_how_is_hashed();
  greeter_->start(
      {.on_greeted = [this](net::Stream stream,
                            const wire::Handshake& theirs) { greeted(std::move(stream), theirs); },
       .on_deaf =
           [this](const std::string& why) {
             context_->tell(event::Notice{"No new peers can connect any more: " + why});
           }});
  net::spawn(context_->executor(), notice_gaps(shared_from_this()));
  net::spawn(context_->executor(), watch_files(context_));
  net::spawn(context_->executor(), watch_folders(context_));
  net::spawn(context_->executor(), watch_parts(context_));
  try_said_addresses(context_->executor(), context_->public_addresses(),
                     [weak = std::weak_ptr(context_)](const std::string& fault) {
                       if (const auto context = weak.lock()) context->tell(event::Notice{fault});
                     });
  address_watch_.emplace(context_->executor(),
                         [this](const auto& change) { addresses_changed(change); });
  offers_->start();
  if (role == Role::seeder) offers_->become_those_of_a_seeder(Offers::Before::nothing);
  context_->tell_soon(event::Listening{address_});
}

// ---- what people want -------------------------------------------------------

void Session::fetch(const std::string& target, FetchOptions options) {
  fetches_->fetch(target, std::move(options));
}

void Session::add(const std::filesystem::path& path, OfferOptions options) {
  offer_queue_->add(path, std::move(options));
}

void Session::set_limits(const RateLimits& limits) {
  limits_ = limits;
  context_->environment()->uploads.set_rate(limits.upload);
  context_->environment()->downloads.set_rate(limits.download);
}

void Session::set_upload_slots(std::size_t slots) {
  const Time now = Clock::now();
  context_->environment()->budget.slots.set_most(slots, now);
  for (const auto& [hash, swarm] : context_->torrents().all()) swarm->slots_changed(now);
}

void Session::list(const std::string& prefix,
                   std::function<void(Result<std::vector<CatalogueEntry>>)> done) {
  net::spawn(context_->executor(), list_and_tell(context_, prefix, std::move(done)));
}

void Session::list_folder(const std::string& name, std::vector<std::string> parts,
                          std::function<void(Result<std::vector<FolderEntry>>)> done) {
  fetches_->list_folder(name, std::move(parts), std::move(done));
}

asio::awaitable<void> Session::list_and_tell(
    std::shared_ptr<SessionContext> context, std::string prefix,
    std::function<void(Result<std::vector<CatalogueEntry>>)> done) {
  auto listed = co_await context->announcer().list(prefix);
  if (!listed) {
    done(std::unexpected(listed.error()));
    co_return;
  }
  std::vector<CatalogueEntry> entries;
  entries.reserve(listed->size());
  for (auto& entry : *listed)
    entries.push_back(
        {std::move(entry.name), entry.length, entry.seeders, entry.leechers, entry.files});
  done(std::move(entries));
}

void Session::become_seeder() {
  fetches_->stop();
  context_->torrents().remove_incomplete();
  offers_->become_those_of_a_seeder(Offers::Before::leecher);
}

// ---- what happens -----------------------------------------------------------

void Session::greeted(net::Stream stream, const wire::Handshake& theirs) {
  if (const auto swarm = context_->torrents().find(theirs.info_hash))
    return swarm->adopt(std::move(stream), theirs);
  spdlog::debug("{}: asked for a file that is not here", stream.remote().to_string());
  stream.close();
}

void Session::addresses_changed(const net::AddressWatch::Change& change) {
  for (const IpAddress& one : change.gone) spdlog::info("this machine lost {}", one.to_string());
  for (const IpAddress& one : change.come) spdlog::info("this machine is {} now", one.to_string());
  context_->announcer().addresses_changed();
  for (const auto& [hash, swarm] : context_->torrents().all())
    swarm->addresses_changed(change.gone);
}

asio::awaitable<void> Session::notice_gaps(std::shared_ptr<Session> self) {
  std::uint64_t gaps = Clock::look().gaps;
  while (!self->context_->closed()) {
    co_await net::sleep(self->gaps_timer_, kLookForGaps);
    const auto [now, gaps_by_now] = Clock::look();
    if (std::exchange(gaps, gaps_by_now) != gaps_by_now) self->resumed(now);
  }
}

void Session::resumed(Time now) {
  spdlog::info("this program was stopped for a while; everybody gets a fresh start");
  context_->announcer().resumed();
  for (const auto& [hash, swarm] : context_->torrents().all()) swarm->resumed(now);
}

// ---- the end ----------------------------------------------------------------

void Session::close(std::function<void()> done) {
  offer_queue_->stop();
  fetches_->stop();
  net::spawn(context_->executor(), leave(shared_from_this(), std::move(done)));
}

void Session::abandon() {
  offer_queue_->stop();
  fetches_->stop();
  greeter_->close();
  gaps_timer_.cancel();
  address_watch_.reset();
  context_->close();
}

asio::awaitable<void> Session::leave(std::shared_ptr<Session> self, std::function<void()> done) {
  if (!self->context_->closed()) {
    for (const auto& [hash, swarm] : self->context_->torrents().all())
      self->context_->tell_standing(*swarm);
    self->abandon();
    co_await self->context_->announcer().close();
  }
  if (done) done();
}

}  // namespace shoal
