#include "discovery/swarm_announcer.hpp"

#include <random>
#include <utility>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "discovery/announce_schedule.hpp"
#include "discovery/answers.hpp"
#include "discovery/wait.hpp"
#include "net/spawn.hpp"
#include "net/timer.hpp"

namespace shoal::discovery {
namespace {

constexpr std::int32_t kWanted = 200;  // peers an announce; what stock clients ask for

struct AskedTracker {
  AskedTracker(const asio::any_io_executor& executor, std::shared_ptr<TrackerClient> asked,
               bool complete)
      : client(std::move(asked)), schedule(complete), timer(executor) {}

  std::shared_ptr<TrackerClient> client;
  AnnounceSchedule schedule;
  net::Timer timer;     ///< cancelled when the schedule may have something new
  bool failed = false;  ///< the last time
};

}  // namespace

struct SwarmAnnouncer::State : std::enable_shared_from_this<State> {
  static asio::awaitable<void> drive(std::shared_ptr<State> self, AskedTracker& tracker);
  static asio::awaitable<void> tell_stopped(std::shared_ptr<State> self, AskedTracker& tracker,
                                            Duration patience);
  static asio::awaitable<void> leave(std::shared_ptr<State> self, Duration patience);

  [[nodiscard]] datagram::Request request(datagram::AnnounceEvent event) const;
  void take(AskedTracker& tracker, const Result<Answer>& answer);
  void tell_failure(AskedTracker& tracker, const Error& why);
  void look_again();
  void stop();

  asio::any_io_executor executor;
  std::vector<std::unique_ptr<AskedTracker>> trackers;
  Self self;
  InfoHash20 swarm;
  std::uint32_t key = 0;  ///< BEP 15: the same for both address families
  Standing standing;
  std::shared_ptr<const OnAnswer> on_answer;  ///< shared, since it may destroy us
  Duration patience{};
  std::size_t leaving = 0;
  std::unique_ptr<net::Timer> left;  ///< cancelled when one has left
  bool stopped = false;
};

/// Begins later, so that nothing is called back inside the constructor.
asio::awaitable<void> SwarmAnnouncer::State::drive(std::shared_ptr<State> self,
                                                   AskedTracker& tracker) {
  co_await asio::post(self->executor, asio::use_awaitable);
  while (!self->stopped) {
    const auto event = tracker.schedule.next(Clock::now());
    if (!event) {
      co_await wait_until(tracker.timer, tracker.schedule.next_deadline());
      continue;
    }
    const auto answer = co_await tracker.client->ask(self->request(*event), self->patience);
    if (!self->stopped) self->take(tracker, answer);
  }
}

datagram::Request SwarmAnnouncer::State::request(datagram::AnnounceEvent event) const {
  datagram::AnnounceRequest announce;
  announce.info_hash = swarm;
  announce.peer_id = self.peer_id;
  announce.downloaded = standing.downloaded;
  announce.left = standing.left;
  announce.uploaded = standing.uploaded;
  announce.event = event;
  announce.key = key;
  announce.num_want = event == datagram::AnnounceEvent::stopped ? 0 : kWanted;
  announce.port = self.port;
  return announce;
}

void SwarmAnnouncer::State::take(AskedTracker& tracker, const Result<Answer>& answer) {
  const auto told = on_answer;
  const std::string& name = tracker.client->name();
  const Time now = Clock::now();
  if (!answer) {
    tracker.schedule.failed(now);
    return tell_failure(tracker, answer.error());
  }
  const auto* reply = std::get_if<datagram::AnnounceReply>(&answer->reply);
  if (reply == nullptr) {
    tracker.schedule.failed(now);
    return tell_failure(tracker, refusal(answer->reply, "the announce", name));
  }
  tracker.failed = false;
  const std::vector<Endpoint> peers = reachable(reply->peers, answer->from, answer->links);
  tracker.schedule.answered(reply->interval_seconds, peers.size(), now);
  (*told)(name, peers);
}

/// A tracker that is asked in both address families has failed when it has in both. Where it has no
/// address in one (not_found), the other one tells.
void SwarmAnnouncer::State::tell_failure(AskedTracker& tracker, const Error& why) {
  tracker.failed = true;
  const auto told = on_answer;
  const std::string& name = tracker.client->name();
  for (const auto& other : trackers) {
    if (other.get() == &tracker || other->client->name() != name) continue;
    if (!other->failed || why.code == Errc::not_found) return;
  }
  (*told)(name, std::unexpected(why));
}

void SwarmAnnouncer::State::look_again() {
  for (const auto& tracker : trackers) tracker->timer.cancel();
}

void SwarmAnnouncer::State::stop() {
  stopped = true;
  look_again();
}

asio::awaitable<void> SwarmAnnouncer::State::tell_stopped(std::shared_ptr<State> self,
                                                          AskedTracker& tracker,
                                                          Duration patience) {
  co_await tracker.client->ask(self->request(datagram::AnnounceEvent::stopped), patience);
  --self->leaving;
  self->left->cancel();
}

asio::awaitable<void> SwarmAnnouncer::State::leave(std::shared_ptr<State> self, Duration patience) {
  if (self->stopped) co_return;
  self->stop();
  self->left = std::make_unique<net::Timer>(self->executor);
  for (const auto& tracker : self->trackers) {
    if (!tracker->schedule.known()) continue;
    ++self->leaving;
    net::spawn(self->executor, tell_stopped(self, *tracker, patience));
  }
  while (self->leaving > 0) co_await wait_until(*self->left, Time::max());
}

SwarmAnnouncer::SwarmAnnouncer(asio::any_io_executor executor, TrackerClients trackers,
                               const Self& self, const InfoHash& swarm, const Standing& standing,
                               OnAnswer on_answer, Duration patience)
    : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
  state_->self = self;
  state_->swarm = truncated(swarm);
  state_->key = std::random_device{}();
  state_->standing = standing;
  state_->on_answer = std::make_shared<const OnAnswer>(std::move(on_answer));
  state_->patience = patience;
  for (auto& client : trackers) {
    state_->trackers.push_back(
        std::make_unique<AskedTracker>(state_->executor, std::move(client), standing.left == 0));
  }
  for (const auto& tracker : state_->trackers) {
    net::spawn(state_->executor, State::drive(state_, *tracker));
  }
}

SwarmAnnouncer::~SwarmAnnouncer() {
  if (state_) state_->stop();
}

SwarmAnnouncer::SwarmAnnouncer(SwarmAnnouncer&&) noexcept = default;

std::string SwarmAnnouncer::name_problem(const std::string& tracker) const {
  for (const auto& asked : state_->trackers) {
    const bool is_meant = asked->client->name() == tracker;
    if (is_meant && !asked->client->name_problem().empty()) return asked->client->name_problem();
  }
  return {};
}

void SwarmAnnouncer::update(const Standing& standing) {
  const bool completed = standing.left == 0 && state_->standing.left != 0;
  state_->standing = standing;
  if (!completed) return;
  for (const auto& tracker : state_->trackers) tracker->schedule.completed();
  state_->look_again();
}

void SwarmAnnouncer::hurry() {
  for (const auto& tracker : state_->trackers) tracker->schedule.hurry();
  state_->look_again();
}

void SwarmAnnouncer::resumed() {
  for (const auto& tracker : state_->trackers) tracker->schedule.resumed();
  state_->look_again();
}

void SwarmAnnouncer::addresses_changed() {
  for (const auto& tracker : state_->trackers) {
    tracker->client->addresses_changed();
    tracker->schedule.addresses_changed();
  }
  state_->look_again();
}

asio::awaitable<void> SwarmAnnouncer::leave(Duration patience) {
  return State::leave(state_, patience);
}

}  // namespace shoal::discovery
