#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include <asio/steady_timer.hpp>

#include <shoal/leecher.hpp>
#include <shoal/seeder.hpp>

#include "discovery/visibility.hpp"
#include "metainfo/info_dict.hpp"
#include "metainfo/name.hpp"
#include "net/own_addresses.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "net/workers.hpp"
#include "session/leecher_impl.hpp"
#include "session/link.hpp"
#include "session/seeder_impl.hpp"
#include "session/take_in.hpp"
#include "session/torrent_writer.hpp"
#include "storage/file.hpp"
#include "storage/spelled.hpp"

namespace shoal {

// ---- the public face --------------------------------------------------------

Seeder::Seeder(Runtime& runtime, PeerOptions options, EventHandler on_event) {
  const auto host = std::make_shared<Host>(runtime, options, std::move(on_event));
  host->start();
  impl_ = std::make_shared<Impl>(host);
  impl_->take_over({});
  host->tell_soon(event::Listening{host->address()});
}

Seeder::Seeder(Leecher&& leecher) {
  const std::shared_ptr<Leecher::Impl> before = std::exchange(leecher.impl_, nullptr);
  const std::vector<HeldFile> held = before->hand_over();
  impl_ = std::make_shared<Impl>(before->host_ptr());
  impl_->take_over(held);
}

Seeder::Seeder(Seeder&&) noexcept = default;

Seeder::~Seeder() {
  if (impl_) impl_->abandon();
}

void Seeder::add(const std::filesystem::path& path, OfferOptions options) {
  impl_->add(path, std::move(options));
}

Endpoint Seeder::address() const {
  return impl_->host().address();
}

void Seeder::set_limits(const RateLimits& limits) {
  impl_->host().set_limits(limits);
}

void Seeder::set_upload_slots(std::size_t slots) {
  impl_->host().set_upload_slots(slots);
}

void Seeder::close(std::function<void()> done) {
  impl_->close(std::move(done));
}

// ---- what is offered --------------------------------------------------------

void Seeder::Impl::take_over(const std::vector<HeldFile>& held) {
  discovery::AnnouncerEvents events;
  const std::weak_ptr<Impl> weak = weak_from_this();
  events.on_registered = [weak](const FileInfo& file, const std::string& tracker) {
    if (const auto self = weak.lock()) self->on_registered(file, tracker);
  };
  events.on_refused = [weak](const FileInfo& file, const Error& reason,
                             const std::string& tracker) {
    if (const auto self = weak.lock()) self->on_refused(file, reason, tracker);
  };
  events.on_listed = [weak](const std::string& tracker, const Endpoint& listed,
                            const std::optional<Endpoint>& said) {
    const auto self = weak.lock();
    if (!self) return;
    const auto own = net::own_addresses();
    if (const auto warning = discovery::listed_elsewhere(tracker, listed, said, own))
      self->host_->tell(event::Notice{*warning});
  };
  events.on_tracker_state = [weak](const std::string& tracker, bool answers,
                                   const std::string& message) {
    if (const auto self = weak.lock())
      self->host_->tell(event::TrackerState{tracker, answers, message});
  };
  host_->announcer().set_events(std::move(events));
  for (const auto& [file, hash, path, registered] : held) {
    if (const auto swarm = host_->find(hash)) swarm->set_events(events_for(file, hash));
    offered_[file.name] = {.file = file, .told = registered};
    host_->tell(event::Seeding{file});
  }
}

session::SwarmEvents Seeder::Impl::events_for(const FileInfo& file, const InfoHash& hash) {
  session::SwarmEvents events;
  events.on_failed = [weak = weak_from_this(), file, hash](const Error& reason) {
    const auto self = weak.lock();
    if (!self) return;
    self->stop_offering(file, hash);
    self->host_->tell(event::Failed{file.name, reason});
  };
  events.on_rotten = [weak = weak_from_this(), hash](PieceIndex piece,
                                                     const std::optional<Error>& unreadable) {
    const auto self = weak.lock();
    if (!self) return;
    if (const auto swarm = self->host_->find(hash))
      self->host_->tell_rotten(*swarm, piece, unreadable);
  };
  return events;
}

Result<bool> Seeder::Impl::is_new(const FileInfo& file) {
  const auto other = offered_.find(file.name);
  if (other == offered_.end()) return true;
  if (other->second.file == file) {
    host_->tell(event::Seeding{file, other->second.served});
    return false;
  }
  return fail(Errc::conflict,
              "another file with that name is offered here already; rename one of them");
}

/// Who only keeps a name known is to trackers a peer that has nothing yet.
void Seeder::Impl::offer(const FileInfo& file, bool served) {
  offered_[file.name] = {.file = file, .served = served};
  host_->announcer().offer(file, served);
  host_->tell(event::Seeding{file, served});
}

void Seeder::Impl::stop_offering(const FileInfo& file, const InfoHash& hash) {
  offered_.erase(file.name);
  host_->announcer().withdraw(hash);
  host_->announcer().unfollow(hash);
  host_->remove(hash);
}

void Seeder::Impl::on_registered(const FileInfo& file, const std::string& tracker) {
  const auto found = offered_.find(file.name);
  if (found == offered_.end()) return;
  found->second.refused_by.erase(tracker);
  if (std::exchange(found->second.told, true)) return;
  host_->tell(event::Registered{file, info_hash(file), host_->magnet(file)});
}

void Seeder::Impl::on_refused(const FileInfo& file, const Error& reason,
                              const std::string& tracker) {
  const auto found = offered_.find(file.name);
  if (found == offered_.end()) return;
  const InfoHash hash = info_hash(file);
  if (host_->announcer().followed(hash) != nullptr) {
    return host_->tell_shared_by_link_only(file, reason);
  }
  // One that has forgotten us is asked again and refuses again.
  found->second.refused_by.insert(tracker);
  const bool by_all = std::ranges::all_of(host_->trackers(), [&](const std::string& one) {
    return found->second.refused_by.contains(one);
  });
  if (by_all) stop_offering(file, hash);
  host_->tell(event::Refused{file.name, reason});
}

// ---- taking files in --------------------------------------------------------

void Seeder::Impl::add(const std::filesystem::path& path, OfferOptions options) {
  queue_.push_back({path, std::move(options)});
  if (!std::exchange(busy_, true))
    net::spawn(host_->executor(), take_in_queued(shared_from_this()));
}

asio::awaitable<void> Seeder::Impl::take_in_queued(std::shared_ptr<Impl> self) {
  while (!self->queue_.empty() && !self->host_->closed()) {
    const Waiting next = std::move(self->queue_.front());
    self->queue_.pop_front();
    const Result<void> taken = co_await self->take_in(next.path, next.options);
    if (!taken && taken.error().code != Errc::cancelled) {
      self->host_->tell(event::Refused{next.path.string(), taken.error()});
    }
  }
  self->busy_ = false;
}

asio::awaitable<Result<void>> Seeder::Impl::take_in(std::filesystem::path path,
                                                    OfferOptions options) {
  path = co_await net::on_worker(host_->workers(), [&] { return storage::as_on_disk(path); });
  if (options.register_only && kind_of(path.string()) != Target::name) {
    co_return co_await take_in_name(path);
  }
  if (path.filename().empty()) {  // it ends with a slash: no file can be meant, so this says why
    const auto opened = co_await net::on_worker(host_->workers(),
                                                [&] { return storage::File::open_to_read(path); });
    if (!opened) co_return std::unexpected(opened.error());
  }
  const std::string name = path.filename().string();
  if (const auto allowed = check_name(name); !allowed) co_return std::unexpected(allowed.error());
  auto held = co_await shoal::take_in(host_, path, name, stop_.get_token());
  if (!held) co_return std::unexpected(held.error());
  const auto fresh = is_new(held->file);
  if (!fresh) co_return std::unexpected(fresh.error());
  if (!*fresh) co_return Result<void>{};
  if (held->content && !options.torrent_directory.empty()) {
    co_await write_torrent_of(*held->content, options);
    if (host_->closed()) co_return fail(Errc::cancelled, "stopped");
  }
  if (held->content && !options.register_only) {
    auto swarm = std::make_shared<session::Swarm>(host_->environment(), std::move(*held->content),
                                                  std::move(held->bytes),
                                                  events_for(held->file, info_hash(held->file)));
    swarm->set_witness(std::move(held->witness));
    host_->add(swarm);
  }
  offer(held->file, !options.register_only);
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Seeder::Impl::take_in_name(std::filesystem::path torrent) {
  const auto link =
      co_await net::on_worker(host_->workers(), [&] { return read_link(torrent.string()); });
  if (!link) co_return std::unexpected(link.error());
  if (!link->torrent) {
    co_return fail(Errc::bad_input,
                   "a magnet link does not tell how long the file is; give the .torrent file, or "
                   "the file itself");
  }
  const FileInfo& file = link->torrent->file;
  if (info_hash(file) != link->info_hash) {
    co_return fail(Errc::bad_input,
                   "its info dictionary says more than name, length, piece length and root, so it "
                   "cannot be found by its name; give others its magnet link");
  }
  const auto fresh = is_new(file);
  if (!fresh) co_return std::unexpected(fresh.error());
  if (*fresh) offer(file, false);
  co_return Result<void>{};
}

asio::awaitable<void> Seeder::Impl::write_torrent_of(const torrent::Content& content,
                                                     OfferOptions options) {
  const TorrentFile torrent =
      make_torrent(content.file(), content.layers()->layer(), host_->trackers());
  const auto written = co_await net::on_worker(host_->workers(), [&] {
    return write_torrent(storage::as_on_disk(options.torrent_directory), torrent);
  });
  if (!written) host_->tell(event::Notice{written.error().message});
}

// ---- the end ----------------------------------------------------------------

void Seeder::Impl::close(std::function<void()> done) {
  stop_.request_stop();
  host_->close(std::move(done));
}

void Seeder::Impl::abandon() {
  stop_.request_stop();
  host_->abandon();
}

}  // namespace shoal
