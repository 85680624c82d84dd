#include "session/swarm.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "net/spawn.hpp"
#include "session/file_disk.hpp"

namespace shoal::session {

using namespace torrent;

Swarm::Swarm(std::shared_ptr<Environment> environment, Content content, storage::File file,
             SwarmEvents events)
    : Swarm(std::move(environment), std::move(content),
            std::unique_ptr<Disk>(std::make_unique<FileDisk>(std::move(file))), std::move(events)) {
}

Swarm::Swarm(std::shared_ptr<Environment> environment, Content content, storage::PartFile part,
             SwarmEvents events)
    : Swarm(std::move(environment), std::move(content),
            std::unique_ptr<PartDisk>(
                std::make_unique<PartFileDisk>(std::move(part), content.space().length())),
            std::move(events)) {}

Swarm::Swarm(std::shared_ptr<Environment> environment, Content&& content,
             std::unique_ptr<Disk> whole, SwarmEvents events)
    : environment_(std::move(environment)),
      torrent_(environment_->new_key(), std::move(content), Torrent::Role::seed,
               environment_->budget, environment_->self, environment_->random()),
      timer_(environment_->executor),
      room_(environment_->executor),
      events_(std::move(events)),
      disk_(std::move(whole)),
      part_(nullptr),
      looked_(environment_->executor) {}

Swarm::Swarm(std::shared_ptr<Environment> environment, Content&& content,
             std::unique_ptr<PartDisk> part, SwarmEvents events)
    : environment_(std::move(environment)),
      torrent_(environment_->new_key(), std::move(content), Torrent::Role::fetch,
               environment_->budget, environment_->self, environment_->random()),
      timer_(environment_->executor),
      room_(environment_->executor),
      events_(std::move(events)),
      disk_(std::move(part)),
      part_(static_cast<PartDisk*>(disk_.get())),
      looked_(environment_->executor) {}

Swarm::~Swarm() = default;

// ---- life -------------------------------------------------------------------

void Swarm::start() {
  torrent_.start();
  settle(Clock::now());
}

void Swarm::adopt(net::Stream stream, const wire::Handshake& theirs) {
  const Time now = Clock::now();
  if (const auto key = torrent_.on_incoming(stream.remote(), now)) {
    net::spawn(environment_->executor,
               PeerConnection::accept(new_connection(*key, std::move(stream)), theirs));
  }
  settle(now);
}

void Swarm::add_peers(std::span<const Endpoint> peers) {
  const Time now = Clock::now();
  torrent_.add_peers(peers, now);
  settle(now);
}

void Swarm::addresses_changed(std::span<const IpAddress> gone) {
  for (const auto& [key, connection] : connections_) {
    if (std::ranges::find(gone, connection->local().address) != gone.end())
      connection->close("this machine has lost its address");
  }
  const Time now = Clock::now();
  torrent_.addresses_changed(now);
  settle(now);
}

void Swarm::resumed(Time now) {
  torrent_.resumed(now);
  for (const auto& [key, connection] : connections_) connection->resumed();
  settle(now);
}

void Swarm::slots_changed(Time now) {
  torrent_.on_slots_changed(now);
  settle(now);
}

void Swarm::close() {
  events_ = {};
  torrent_.close();
  clear_away();
  settle(Clock::now());
}

void Swarm::give_up(const Error& reason) {
  torrent_.give_up(reason);
  settle(Clock::now());
}

void Swarm::clear_away() {
  room_.notify_all();
  if (part_ != nullptr && !settling_ && content().bytes() == 0) part_->discard_if_new();
}

// ---- limits -----------------------------------------------------------------

void Swarm::make_room(ConnectionKey connection, Time now) {
  torrent_.make_room(connection);
  settle(now);
}

std::uint64_t Swarm::on_upload_turn(const RateLimiter::Turn& turn, Time now) {
  const std::uint64_t moved = torrent_.on_upload_turn(turn.who, turn.bytes, now);
  settle(now);
  return moved;
}

std::uint64_t Swarm::on_download_turn(const RateLimiter::Turn& turn, Time now) {
  const std::uint64_t moved = torrent_.on_download_turn(turn.who, turn.bytes, now);
  settle(now);
  return moved;
}

// ---- connections ------------------------------------------------------------

Swarm::ConnectionPtr Swarm::new_connection(ConnectionKey key, net::Stream stream) {
  if (connections_.empty()) environment_->enter(torrent_.id(), weak_from_this());
  auto connection = std::make_shared<PeerConnection>(shared_from_this(), key, std::move(stream));
  connections_.emplace(key, connection);
  return connection;
}

bool Swarm::opened(ConnectionKey peer, const wire::Handshake& theirs) {
  const Time now = Clock::now();
  const bool stays = torrent_.on_opened(peer, theirs, now);
  settle(now);
  return stays;
}

Torrent::Read Swarm::received(ConnectionKey peer, ReceiveBuffer& incoming) {
  const Time now = Clock::now();
  const Torrent::Read read = torrent_.on_bytes(peer, incoming, now);
  settle(now);
  return read;
}

void Swarm::drained(ConnectionKey peer) {
  torrent_.on_drained(peer);
  if (!torrent_.actions().empty()) settle(Clock::now());
}

bool Swarm::next_write(ConnectionKey peer, WriteBatch& out) {
  const Time now = Clock::now();
  const bool any = torrent_.next_write(peer, out, now);
  settle(now);
  return any;
}

void Swarm::written(ConnectionKey peer, const WriteBatch& batch, Duration took) {
  const Time now = Clock::now();
  torrent_.on_written(peer, batch, took, now);
  settle(now);
}

void Swarm::closed(const PeerConnection& connection, const std::string& reason) {
  const Time now = Clock::now();
  spdlog::debug("{}: peer {}: closed: {}", content().file().name, connection.remote().to_string(),
                reason);
  const ConnectionKey key = connection.key();
  torrent_.on_closed(key, now, connection.trouble());
  connections_.erase(key);
  if (connections_.empty()) {
    environment_->leave(torrent_.id());
    tell_standing();
  }
  settle(now);
}

asio::awaitable<void> Swarm::room_to_store(const bool& not_any_more) {
  while (!torrent_.may_receive() && !torrent_.closed() && !not_any_more) co_await room_.wait();
}

// ---- what the torrent wants done --------------------------------------------

void Swarm::settle(Time now) {
  if (carrying_out_) return;             // whoever does goes on until nothing is left
  const auto self = shared_from_this();  // the owner may let go of us
  if (!torrent_.actions().empty()) {
    carrying_out_ = true;
    do {
      std::swap(actions_, torrent_.actions());
      carry_out(actions_);
      actions_.clear();
    } while (!torrent_.actions().empty());
    carrying_out_ = false;
  }
  if (torrent_.closed()) return;
  set_timer(now);
  environment_->make_room(now);
  environment_->hash_leaves();
  environment_->uploads.serve();
  environment_->downloads.serve();
}

void Swarm::carry_out(Actions& actions) {
  const auto self = shared_from_this();
  const auto& executor = environment_->executor;
  for (const Actions::Dial& one : actions.dials) dial(one);
  for (BatchPtr& batch : actions.stores) net::spawn(executor, store(self, std::move(batch)));
  for (const PieceIndex piece : actions.proofs) net::spawn(executor, prove_from_disk(self, piece));
  for (const Endpoint& liar : actions.liars) tell_of_liar(liar);
  for (const Actions::Close& one : actions.closes) close_connection(one);
  for (const ConnectionKey key : actions.wakes) {
    const auto found = connections_.find(key);
    if (found != connections_.end()) found->second->wake();
  }
  if (actions.readable) room_.notify_all();
  if (actions.check_disk) net::spawn(executor, check_disk(self));
  if (actions.finish) net::spawn(executor, finish_download(self));
  if (actions.failed) {
    const SwarmEvents events = std::exchange(events_, {});
    clear_away();
    if (events.on_failed) events.on_failed(*actions.failed);
  }
}

void Swarm::dial(const Actions::Dial& dial) {
  auto connection =
      new_connection(dial.peer, net::Stream(environment_->executor, environment_->tls));
  net::spawn(environment_->executor, PeerConnection::dial(std::move(connection), dial.to));
}

void Swarm::close_connection(const Actions::Close& close) {
  const auto found = connections_.find(close.peer);
  if (found == connections_.end()) return;
  if (close.at_fault) {
    spdlog::info("{}: peer {}: {}", content().file().name, found->second->remote().to_string(),
                 close.reason);
  }
  found->second->close(close.reason);
}

void Swarm::tell_of_liar(const Endpoint& liar) {
  const std::string who = liar.port == 0 ? liar.address.to_string() : liar.to_string();
  spdlog::info("{}: peer {}: sent wrong data", content().file().name, who);
  if (events_.on_wrong_data) events_.on_wrong_data(who);
}

void Swarm::set_timer(Time now) {
  const auto next = torrent_.next_deadline(now);
  if (!next || (timer_at_ && *timer_at_ <= *next)) return;
  timer_at_ = next;
  timer_.expires_at(*next);
  timer_.async_wait([weak = weak_from_this()](const std::error_code& cancelled) {
    if (const auto self = weak.lock(); self && !cancelled) self->on_timer();
  });
}

void Swarm::on_timer() {
  timer_at_.reset();
  if (torrent_.closed()) return;
  const Time now = Clock::now();
  for (const auto& [key, connection] : connections_) connection->look(now);
  torrent_.on_time(now);
  settle(now);
  tell_standing();
}

void Swarm::tell_standing() const {
  if (environment_->on_standing) environment_->on_standing(*this);
}

}  // namespace shoal::session
