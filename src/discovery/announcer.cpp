#include "discovery/announcer.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "discovery/announce_plan.hpp"
#include "discovery/answers.hpp"
#include "discovery/queries.hpp"
#include "discovery/tracker_address.hpp"
#include "discovery/tracker_client.hpp"
#include "discovery/wait.hpp"
#include "net/spawn.hpp"

namespace shoal::discovery {
namespace {

constexpr Duration kLeavePatience = std::chrono::seconds(1);

asio::awaitable<void> leave_swarm(SwarmAnnouncer swarm) {
  co_await swarm.leave(kLeavePatience);
}

struct Tracker {
  Tracker(const asio::any_io_executor& executor, std::string name, const AnnouncerTiming& timing,
          const Keys& keys)
      : client(
            std::make_shared<TrackerClient>(executor, std::move(name), timing.first_retry, keys)),
        plan(timing.probe),
        timer(executor) {}

  std::shared_ptr<TrackerClient> client;
  AnnouncePlan plan;
  asio::steady_timer timer;  ///< cancelled when the plan may have something new
  bool driven = false;
  bool answers = true;
};

}  // namespace

struct Announcer::State : std::enable_shared_from_this<State> {
  static asio::awaitable<void> drive(std::shared_ptr<State> self, Tracker& tracker);
  static asio::awaitable<void> perform(std::shared_ptr<State> self, Tracker& tracker,
                                       AnnouncePlan::Step step);
  static asio::awaitable<void> leave(std::shared_ptr<State> self, Tracker& tracker,
                                     std::shared_ptr<asio::steady_timer> left,
                                     std::shared_ptr<std::size_t> leaving);
  static asio::awaitable<void> leave(SwarmAnnouncer swarm, std::shared_ptr<asio::steady_timer> left,
                                     std::shared_ptr<std::size_t> leaving);
  static asio::awaitable<void> close(std::shared_ptr<State> self);

  void look_again(Tracker& tracker);
  [[nodiscard]] datagram::Request request_for(const AnnouncePlan::Step& step) const;
  void take(Tracker& tracker, const AnnouncePlan::Register& step, const Answer& answer);
  void take(Tracker& tracker, const AnnouncePlan::Withdraw& step, const Answer& answer);
  void take(Tracker& tracker, const AnnouncePlan::Heartbeat& step, const Answer& answer);
  void tell_state(Tracker& tracker, bool answers, const std::string& message);
  [[nodiscard]] TrackerClients clients() const;
  [[nodiscard]] TrackerClients clients_and(const std::vector<std::string>& more) const;
  void stop_driving();
  void stop();

  asio::any_io_executor executor;
  PeerId peer_id;
  std::uint16_t port = 0;
  AnnouncerTiming timing;
  Keys keys;
  std::shared_ptr<const AnnouncerEvents> events;  ///< shared, since a callback may replace them
  std::vector<std::unique_ptr<Tracker>> trackers;
  std::map<InfoHash, SwarmAnnouncer> followed;
  bool closing = false;
};

/// Carries out one tracker's plan. Begins later, so that no callback runs inside offer().
asio::awaitable<void> Announcer::State::drive(std::shared_ptr<State> self, Tracker& tracker) {
  co_await asio::post(self->executor, asio::use_awaitable);
  while (!self->closing) {
    if (auto step = tracker.plan.next(Clock::now())) {
      net::spawn(self->executor, perform(self, tracker, *std::move(step)));
    } else {
      co_await wait_until(tracker.timer, tracker.plan.next_deadline());
    }
  }
}

asio::awaitable<void> Announcer::State::perform(std::shared_ptr<State> self, Tracker& tracker,
                                                AnnouncePlan::Step step) {
  const auto answer = co_await tracker.client->ask(self->request_for(step), self->timing.patience);
  if (self->closing) co_return;
  tracker.timer.cancel();
  if (!answer) {
    tracker.plan.silent(step, Clock::now());
    self->tell_state(tracker, false, answer.error().message);
    co_return;
  }
  std::visit([&](const auto& asked) { self->take(tracker, asked, *answer); }, step);
  self->tell_state(tracker, true, "the tracker at " + tracker.client->name() + " answers again");
}

datagram::Request Announcer::State::request_for(const AnnouncePlan::Step& step) const {
  if (const auto* file = std::get_if<AnnouncePlan::Register>(&step)) {
    return datagram::RegisterRequest{peer_id, port, file->complete, file->file};
  }
  if (const auto* file = std::get_if<AnnouncePlan::Withdraw>(&step)) {
    return datagram::WithdrawRequest{peer_id, port, file->hash};
  }
  return datagram::HeartbeatRequest{peer_id, port, std::get<AnnouncePlan::Heartbeat>(step).files};
}

void Announcer::State::take(Tracker& tracker, const AnnouncePlan::Register& step,
                            const Answer& answer) {
  const auto now_told = events;
  const std::string& name = tracker.client->name();
  if (const auto* reply = std::get_if<datagram::RegisterReply>(&answer.reply)) {
    const bool news = tracker.plan.registered(step, reply->timing, Clock::now());
    if (news && now_told->on_registered) now_told->on_registered(step.file, name);
  } else if (tracker.plan.refused(step) && now_told->on_refused) {
    now_told->on_refused(step.file, refusal(answer.reply, step.file, name), name);
  }
}

void Announcer::State::take(Tracker& tracker, const AnnouncePlan::Withdraw& step, const Answer&) {
  tracker.plan.withdrawn(step);
}

void Announcer::State::take(Tracker& tracker, const AnnouncePlan::Heartbeat&,
                            const Answer& answer) {
  // An error is as good as "I do not know you": what is registered again meets the same error, and
  // that is reported.
  const auto* reply = std::get_if<datagram::HeartbeatReply>(&answer.reply);
  const auto told = reply != nullptr ? *reply : datagram::HeartbeatReply{};
  tracker.plan.heartbeat_answered(told.known, told.timing, Clock::now());
}

void Announcer::State::tell_state(Tracker& tracker, bool answers, const std::string& message) {
  if (closing || std::exchange(tracker.answers, answers) == answers) return;
  const auto now_told = events;
  if (now_told->on_tracker_state)
    now_told->on_tracker_state(tracker.client->name(), answers, message);
}

void Announcer::State::look_again(Tracker& tracker) {
  if (closing) return;
  if (!std::exchange(tracker.driven, true)) {
    net::spawn(executor, drive(shared_from_this(), tracker));
  } else {
    tracker.timer.cancel();
  }
}

TrackerClients Announcer::State::clients() const {
  TrackerClients all;
  for (const auto& tracker : trackers) all.push_back(tracker->client);
  return all;
}

/// A tracker that is written in two ways is one tracker.
TrackerClients Announcer::State::clients_and(const std::vector<std::string>& more) const {
  TrackerClients all = clients();
  std::vector<Result<TrackerAddress>> addresses;
  for (const auto& client : all) addresses.push_back(parse_tracker_address(client->name()));
  for (const std::string& name : more) {
    auto address = parse_tracker_address(name);
    if (address && std::ranges::find(addresses, address) != addresses.end()) continue;
    all.push_back(std::make_shared<TrackerClient>(executor, name, timing.first_retry, keys));
    addresses.push_back(std::move(address));
  }
  return all;
}

asio::awaitable<void> Announcer::State::leave(std::shared_ptr<State> self, Tracker& tracker,
                                              std::shared_ptr<asio::steady_timer> left,
                                              std::shared_ptr<std::size_t> leaving) {
  // Whether it was heard makes no difference: a tracker forgets by itself who is silent.
  datagram::Request everything = datagram::WithdrawRequest{self->peer_id, self->port, std::nullopt};
  co_await tracker.client->ask(std::move(everything), kLeavePatience);
  --*leaving;
  left->cancel();
}

asio::awaitable<void> Announcer::State::leave(SwarmAnnouncer swarm,
                                              std::shared_ptr<asio::steady_timer> left,
                                              std::shared_ptr<std::size_t> leaving) {
  co_await leave_swarm(std::move(swarm));
  --*leaving;
  left->cancel();
}

asio::awaitable<void> Announcer::State::close(std::shared_ptr<State> self) {
  if (!self->closing) {
    self->stop_driving();
    const auto left = std::make_shared<asio::steady_timer>(self->executor);
    const auto leaving = std::make_shared<std::size_t>(0);
    for (const auto& tracker : self->trackers) {
      if (tracker->plan.empty() || !tracker->answers) continue;
      ++*leaving;
      net::spawn(self->executor, leave(self, *tracker, left, leaving));
    }
    for (auto& [hash, swarm] : std::exchange(self->followed, {})) {
      ++*leaving;
      net::spawn(self->executor, leave(std::move(swarm), left, leaving));
    }
    while (*leaving > 0) co_await wait_until(*left, Time::max());
  }
  self->stop();
}

void Announcer::State::stop_driving() {
  closing = true;
  for (const auto& tracker : trackers) {
    tracker->client->cancel_all();
    tracker->timer.cancel();
  }
}

void Announcer::State::stop() {
  stop_driving();
  followed.clear();
  for (const auto& tracker : trackers) tracker->client->close();
}

Announcer::Announcer(asio::any_io_executor executor, std::vector<std::string> trackers,
                     const PeerId& peer_id, std::uint16_t listen_port, AnnouncerEvents events,
                     const AnnouncerTiming& timing, Keys keys)
    : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
  state_->peer_id = peer_id;
  state_->port = listen_port;
  state_->timing = timing;
  state_->keys = std::move(keys);
  set_events(std::move(events));
  for (std::string& name : trackers) {
    state_->trackers.push_back(
        std::make_unique<Tracker>(state_->executor, std::move(name), timing, state_->keys));
  }
}

Announcer::~Announcer() {
  if (state_) state_->stop();
}

Announcer::Announcer(Announcer&&) noexcept = default;

Announcer& Announcer::operator=(Announcer&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

void Announcer::set_events(AnnouncerEvents events) {
  state_->events = std::make_shared<const AnnouncerEvents>(std::move(events));
}

void Announcer::offer(const FileInfo& file, bool complete) {
  const InfoHash hash = info_hash(file);
  for (const auto& tracker : state_->trackers) {
    tracker->plan.offer(file, hash, complete);
    state_->look_again(*tracker);
  }
}

void Announcer::withdraw(const InfoHash& file) {
  for (const auto& tracker : state_->trackers) {
    tracker->plan.withdraw(file);
    state_->look_again(*tracker);
  }
}

std::vector<std::string> Announcer::follow(const InfoHash& swarm,
                                           const std::vector<std::string>& more,
                                           const Standing& standing,
                                           SwarmAnnouncer::OnAnswer on_answer) {
  if (state_->closing) return {};
  TrackerClients clients = state_->clients_and(more);
  std::vector<std::string> names;
  for (const auto& client : clients) names.push_back(client->name());
  const SwarmAnnouncer::Self self{state_->peer_id, state_->port};
  state_->followed.emplace(
      swarm, SwarmAnnouncer(state_->executor, std::move(clients), self, swarm, standing,
                            std::move(on_answer), state_->timing.patience));
  return names;
}

SwarmAnnouncer* Announcer::followed(const InfoHash& swarm) {
  const auto found = state_->followed.find(swarm);
  return found == state_->followed.end() ? nullptr : &found->second;
}

void Announcer::unfollow(const InfoHash& swarm) {
  const auto found = state_->followed.find(swarm);
  if (found == state_->followed.end()) return;
  net::spawn(state_->executor, leave_swarm(std::move(found->second)));
  state_->followed.erase(found);
}

void Announcer::addresses_changed() {
  for (const auto& tracker : state_->trackers) {
    tracker->client->addresses_changed();
    tracker->plan.addresses_changed();
    tracker->timer.cancel();
  }
  for (auto& [hash, swarm] : state_->followed) swarm.addresses_changed();
}

asio::awaitable<Result<Lookup>> Announcer::find(std::string name, std::optional<Digest> root,
                                                Duration patience) {
  return find_name(state_->executor, state_->clients(), state_->peer_id, std::move(name), root,
                   patience);
}

asio::awaitable<Result<Lookup>> Announcer::find_peers(FileInfo file, Duration patience) {
  return find_all_peers(state_->executor, state_->clients(), state_->peer_id, std::move(file),
                        patience);
}

asio::awaitable<Result<std::vector<datagram::ListEntry>>> Announcer::list(std::string prefix,
                                                                          Duration patience) {
  return list_names(state_->executor, state_->clients(), std::move(prefix), patience);
}

asio::awaitable<void> Announcer::close() {
  return State::close(state_);
}

}  // namespace shoal::discovery
