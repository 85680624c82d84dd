#include <algorithm>
#include <utility>

#include <shoal/leecher.hpp>

#include "net/spawn.hpp"
#include "session/leecher_impl.hpp"

namespace shoal {

// ---- the public face --------------------------------------------------------

Leecher::Leecher(Runtime& runtime, PeerOptions options, EventHandler on_event) {
  const auto host = std::make_shared<Host>(runtime, options, std::move(on_event));
  host->start();
  impl_ = std::make_shared<Impl>(host);
  impl_->start();
  host->tell_soon(event::Listening{host->address()});
}

Leecher::Leecher(Leecher&&) noexcept = default;

Leecher::~Leecher() {
  if (impl_) impl_->abandon();
}

void Leecher::fetch(const std::string& target, FetchOptions options) {
  impl_->fetch(target, std::move(options));
}

void Leecher::list(const std::string& prefix,
                   std::function<void(Result<std::vector<CatalogueEntry>>)> done) {
  impl_->list(prefix, std::move(done));
}

Endpoint Leecher::address() const {
  return impl_->host().address();
}

void Leecher::set_limits(const RateLimits& limits) {
  impl_->host().set_limits(limits);
}

void Leecher::set_upload_slots(std::size_t slots) {
  impl_->host().set_upload_slots(slots);
}

void Leecher::close(std::function<void()> done) {
  impl_->close(std::move(done));
}

// ---- all but the fetching itself (fetch.cpp) --------------------------------

void Leecher::Impl::start() {
  discovery::AnnouncerEvents events;
  events.on_registered = [weak = weak_from_this()](const FileInfo& file, const std::string&) {
    if (const auto self = weak.lock()) self->on_registered(file);
  };
  events.on_refused = [weak = weak_from_this()](const FileInfo& file, const Error& reason,
                                                const std::string&) {
    if (const auto self = weak.lock()) self->on_refused(file, reason);
  };
  events.on_tracker_state = [weak = weak_from_this()](const std::string& tracker, bool answers,
                                                      const std::string& message) {
    if (const auto self = weak.lock())
      self->host_->tell(event::TrackerState{tracker, answers, message});
  };
  host_->announcer().set_events(std::move(events));
}

/// Told of a file that is whole only: until then others can have but parts of it.
void Leecher::Impl::on_registered(const FileInfo& file) {
  const auto held = std::ranges::find(complete_, file, &HeldFile::file);
  if (held == complete_.end() || std::exchange(held->registered, true)) return;
  host_->tell(event::Registered{file, held->info_hash, host_->magnet(file)});
}

void Leecher::Impl::on_refused(const FileInfo& file, const Error& reason) {
  const auto held = std::ranges::find(complete_, file, &HeldFile::file);
  if (held == complete_.end() || host_->announcer().followed(held->info_hash) == nullptr) return;
  host_->tell_shared_by_link_only(file, reason);
}

void Leecher::Impl::list(const std::string& prefix,
                         std::function<void(Result<std::vector<CatalogueEntry>>)> done) {
  net::spawn(host_->executor(), list_and_tell(shared_from_this(), prefix, std::move(done)));
}

asio::awaitable<void> Leecher::Impl::list_and_tell(
    std::shared_ptr<Impl> self, std::string prefix,
    std::function<void(Result<std::vector<CatalogueEntry>>)> done) {
  auto listed = co_await self->host_->announcer().list(prefix);
  if (!listed) {
    done(std::unexpected(listed.error()));
    co_return;
  }
  std::vector<CatalogueEntry> entries;
  entries.reserve(listed->size());
  for (auto& entry : *listed) {
    entries.push_back({std::move(entry.name), entry.length, entry.seeders, entry.leechers});
  }
  done(std::move(entries));
}

std::vector<HeldFile> Leecher::Impl::hand_over() {
  handed_over_ = true;
  stop_.request_stop();
  const auto swarms = host_->swarms();
  for (const auto& [hash, swarm] : swarms) {
    if (!swarm->content().complete()) host_->remove(swarm->content().info_hash());
  }
  return std::move(complete_);
}

void Leecher::Impl::lost(const HeldFile& held, const Error& reason) {
  std::erase_if(complete_, [&](const HeldFile& one) { return one.info_hash == held.info_hash; });
  host_->announcer().withdraw(held.info_hash);
  host_->announcer().unfollow(held.info_hash);
  host_->remove(held.info_hash);
  host_->tell(event::Failed{held.file.name, reason});
}

void Leecher::Impl::close(std::function<void()> done) {
  stop_.request_stop();
  host_->close(std::move(done));
}

void Leecher::Impl::abandon() {
  stop_.request_stop();
  host_->abandon();
}

}  // namespace shoal
