#include "session/context.hpp"

#include <utility>

#include <asio/post.hpp>

namespace shoal::session {

std::shared_ptr<SessionContext> SessionContext::make(const PeerOptions& options,
                                                     EventHandler on_event,
                                                     std::shared_ptr<Environment> environment,
                                                     discovery::Announcer announcer) {
  const std::shared_ptr<SessionContext> made(new SessionContext(
      options, std::move(on_event), std::move(environment), std::move(announcer)));
  made->environment_->on_standing = [weak = std::weak_ptr(made)](const Swarm& swarm) {
    if (const auto self = weak.lock()) self->tell_standing(swarm);
  };
  return made;
}

SessionContext::SessionContext(const PeerOptions& options, EventHandler on_event,
                               std::shared_ptr<Environment> environment,
                               discovery::Announcer announcer)
    : on_event_(std::move(on_event)),
      trackers_(options.trackers),
      public_addresses_(options.public_addresses),
      most_connections_(options.max_connections),
      environment_(std::move(environment)),
      announcer_(std::move(announcer)) {
  if (!options.cache_directory.empty()) layer_cache_.emplace(options.cache_directory);
}

void SessionContext::tell_soon(Event event) {
  asio::post(executor(),
             [self = shared_from_this(), event = std::move(event)] { self->tell(event); });
}

void SessionContext::tell_standing(const Swarm& swarm) {
  const torrent::Content& content = swarm.content();
  if (auto* followed = announcer_.followed(content.info_hash())) {
    followed->update({.downloaded = swarm.torrent().fetched(),
                      .left = content.file().length - content.bytes(),
                      .uploaded = swarm.torrent().sent()});
  }
}

void SessionContext::stop_serving(const InfoHash& file) {
  announcer_.withdraw(file);
  announcer_.unfollow(file);
  torrents_.remove(file);
}

void SessionContext::close() {
  closed_ = true;
  on_event_ = {};
  environment_->on_standing = {};
  torrents_.close();
}

}  // namespace shoal::session
