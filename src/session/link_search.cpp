#include "session/link_search.hpp"

#include <algorithm>
#include <utility>

#include <asio/ip/tcp.hpp>

#include "discovery/tracker_address.hpp"
#include "metainfo/name.hpp"
#include "net/address.hpp"
#include "net/names.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "session/peer_id.hpp"

namespace shoal::session {
namespace {

constexpr std::size_t kMostPeers = 1000;
constexpr Duration kMoment = std::chrono::milliseconds(100);
constexpr Duration kPeerNameTime = std::chrono::minutes(1);
constexpr Duration kTrackerTime = std::chrono::seconds(5);  // who is slower is not waited for
/// Told to trackers while the length is not known: not 0, which means a seeder.
constexpr std::uint64_t kSomethingLeft = 16384;

}  // namespace

LinkSearch::LinkSearch(const std::shared_ptr<SessionContext>& context, const Link& link)
    : context_(context),
      info_hash_(link.info_hash),
      since_(Clock::now()),
      news_(context->executor()) {
  if (link.torrent) {
    given_ = link.torrent->info_dictionary;
  } else {
    metadata_ = std::make_shared<MetadataFetch>(context->executor(), info_hash_, make_peer_id(),
                                                MetadataLimits{}, context->environment()->tls);
  }
}

void LinkSearch::start(const Link& link) {
  const auto context = context_.lock();
  if (!context) return;
  const auto trackers = context->announcer().follow(
      info_hash_, link.trackers,
      {.left = link.torrent ? link.torrent->file.length : kSomethingLeft},
      [self = shared_from_this()](const std::string& tracker,
                                  const Result<std::vector<Endpoint>>& peers) {
        self->answered(tracker, peers);
      });
  for (const std::string& tracker : trackers) trackers_[tracker] = Tracker::asked;
  for (const std::string& peer : link.peers) {
    const auto endpoint = Endpoint::parse(peer);
    if (endpoint && endpoint->address.is_link_local() && endpoint->scope == 0) {
      leave_out(
          peer,
          "it is an address of one link, and does not say of which, as [fe80::1%eth0]:7001 does");
    } else if (endpoint) {
      learn(std::span(&*endpoint, 1));
    } else {
      net::spawn(context->executor(), resolve(shared_from_this(), peer));
    }
  }
}

asio::awaitable<void> LinkSearch::resolve(std::shared_ptr<LinkSearch> self, std::string peer) {
  const auto address = discovery::parse_tracker_address(peer);  // host:port, whatever listens there
  if (!address) co_return;
  auto& names = net::Names::of(self->news_.get_executor());
  ++self->looked_up_;
  self->left_out_[peer] = net::silence_about(address->host);  // until there is an answer
  const net::NamedHost host = co_await names.find(address->host, Clock::now() + kPeerNameTime);
  --self->looked_up_;
  self->left_out_.erase(peer);
  if (host.addresses.empty()) self->leave_out(peer, host.problem);
  std::vector<Endpoint> endpoints;
  for (const asio::ip::address& one : host.addresses) {
    endpoints.push_back(net::from_asio(asio::ip::tcp::endpoint(one, address->port)));
  }
  self->learn(endpoints);
}

void LinkSearch::leave_out(const std::string& peer, const std::string& why) {
  left_out_[peer] = why;
  if (const auto context = context_.lock())
    context->tell(
        event::Notice{"The link's peer " + printable(peer) + " cannot be asked: " + why + "."});
}

void LinkSearch::answered(const std::string& tracker, const Result<std::vector<Endpoint>>& peers) {
  const auto context = context_.lock();
  if (!context) return;
  Tracker now = Tracker::answered;
  if (!peers) {
    now = peers.error().code == Errc::no_tracker ? Tracker::silent : Tracker::refused;
  }
  const Tracker before = std::exchange(trackers_[tracker], now);
  if (now == Tracker::refused) refusal_ = peers.error().message;
  // Our own trackers' state is told by the Announcer.
  const bool own = std::ranges::find(context->trackers(), tracker) != context->trackers().end();
  const bool silence_began = now == Tracker::silent && before != Tracker::silent;
  const bool silence_ended = now != Tracker::silent && before == Tracker::silent;
  if (!own && silence_began) {
    context->tell(event::TrackerState{tracker, false, peers.error().message});
  } else if (!own && silence_ended) {
    context->tell(
        event::TrackerState{tracker, true, "the tracker at " + tracker + " answers again"});
  }
  if (peers) {
    learn(*peers);
  } else {
    news_.cancel();
  }
}

void LinkSearch::learn(std::span<const Endpoint> peers) {
  const auto context = context_.lock();
  if (!context) return;
  news_.cancel();
  if (const auto swarm = context->torrents().find(info_hash_)) return swarm->add_peers(peers);
  for (const Endpoint& peer : peers) {
    if (peers_.size() < kMostPeers) peers_.insert(peer);
  }
  if (metadata_) metadata_->add_peers(peers);
}

asio::awaitable<void> LinkSearch::wait() {
  if (metadata_) {
    co_await metadata_->wait(kMoment);
  } else {
    co_await net::sleep(news_, kMoment);
  }
}

void LinkSearch::stop() {
  if (metadata_) metadata_->close();
}

const std::optional<Bytes>& LinkSearch::dictionary() const {
  return metadata_ ? metadata_->found() : given_;
}

bool LinkSearch::exhausted() const {
  const bool asking = looked_up_ > 0 || std::ranges::any_of(trackers_, [](const auto& entry) {
                        return entry.second == Tracker::asked;
                      });
  if (asking && Clock::now() - since_ < kTrackerTime) return false;
  return !metadata_ || metadata_->idle();
}

Error LinkSearch::failure() const {
  Error reason = failure_of_all();
  const std::string silent = silent_trackers();
  if (reason.code != Errc::no_tracker && !silent.empty())
    reason.message += "; no answer from " + silent;
  for (const auto& [peer, why] : left_out_)
    reason.message += "; the link's peer " + printable(peer) + " cannot be asked: " + why;
  return reason;
}

std::string LinkSearch::silent_trackers() const {
  const auto context = context_.lock();
  const auto* followed = context ? context->announcer().followed(info_hash_) : nullptr;
  std::string silent;
  for (const auto& [name, state] : trackers_) {
    if (state == Tracker::answered || state == Tracker::refused) continue;
    silent += (silent.empty() ? "" : ", ") + name;
    const std::string problem = followed != nullptr ? followed->name_problem(name) : "";
    if (!problem.empty()) silent += ": " + problem;
  }
  return silent;
}

Error LinkSearch::failure_of_all() const {
  if (metadata_ && metadata_->failure()) {
    const Error& last = *metadata_->failure();
    if (last.code == Errc::unprovable) {
      return {Errc::unprovable,
              "nobody sends a description of the file that fits the link (" + last.message + ")"};
    }
    const std::string who =
        peers_.size() == 1 ? "the only peer known did not give"
                           : "none of the " + std::to_string(peers_.size()) + " peers known gave";
    return {Errc::not_found, who + " the file's description (" + last.message +
                                 "); try again later, or wait for others with --wait 5m"};
  }
  if (trackers_.empty()) {
    return {Errc::not_found,
            "the link names no tracker and no peer that can be asked; add "
            "--tracker HOST:PORT"};
  }
  const bool any_answered = std::ranges::any_of(trackers_, [](const auto& entry) {
    return entry.second == Tracker::answered || entry.second == Tracker::refused;
  });
  if (!any_answered)
    return {Errc::no_tracker, "none of the trackers answers (" + silent_trackers() + ")"};
  return {Errc::not_found, refusal_.empty() ? "no tracker knows anybody who has it" : refusal_};
}

}  // namespace shoal::session
