#include "session/tracker_finder.hpp"

#include <utility>

#include "discovery/visibility.hpp"
#include "net/own_addresses.hpp"
#include "session/link_search.hpp"

namespace shoal::session {

asio::awaitable<Result<discovery::Lookup>> TrackerFinder::look_up(FileName name,
                                                                  std::optional<Digest> root,
                                                                  Duration patience) {
  return context_->announcer().find(std::move(name), root, patience);
}

std::optional<std::string> TrackerFinder::warning_of(const discovery::Lookup& found) {
  return discovery::all_at_one_address(found, net::own_addresses());
}

std::shared_ptr<Search> TrackerFinder::search(const Link& link) {
  const auto search = std::make_shared<LinkSearch>(context_, link);
  search->start(link);
  return search;
}

void TrackerFinder::unfollow(const InfoHash& file) {
  context_->announcer().unfollow(file);
}

}  // namespace shoal::session
