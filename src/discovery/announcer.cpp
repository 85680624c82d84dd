#include "discovery/announcer.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "discovery/answers.hpp"
#include "discovery/queries.hpp"
#include "discovery/told_tracker.hpp"
#include "discovery/tracker_address.hpp"
#include "discovery/tracker_client.hpp"
#include "discovery/wait.hpp"
#include "net/spawn.hpp"
#include "net/timer.hpp"

namespace shoal::discovery {
namespace {

constexpr Duration kLeavePatience = std::chrono::seconds(1);

asio::awaitable<void> leave_swarm(SwarmAnnouncer swarm) {
  co_await swarm.leave(kLeavePatience);
}

}  // namespace

struct Announcer::State : std::enable_shared_from_this<State> {
  static asio::awaitable<void> drive(std::shared_ptr<State> self, ToldTracker& tracker,
                                     TrackerLine& line);
  static asio::awaitable<void> perform(std::shared_ptr<State> self, ToldTracker& tracker,
                                       TrackerLine& line, AnnouncePlan::Step step);
  static asio::awaitable<void> leave(std::shared_ptr<State> self, TrackerLine& line,
                                     std::shared_ptr<net::Timer> left,
                                     std::shared_ptr<std::size_t> leaving);
  static asio::awaitable<void> leave(SwarmAnnouncer swarm, std::shared_ptr<net::Timer> left,
                                     std::shared_ptr<std::size_t> leaving);
  static asio::awaitable<void> close(std::shared_ptr<State> self);

  void look_again(ToldTracker& tracker);
  [[nodiscard]] datagram::Request request_for(const TrackerLine& line,
                                              const AnnouncePlan::Step& step) const;
  void take(ToldTracker& tracker, TrackerLine& line, const AnnouncePlan::Register& step,
            const Answer& answer);
  void take(ToldTracker& tracker, TrackerLine& line, const AnnouncePlan::Withdraw& step,
            const Answer& answer);
  void take(ToldTracker& tracker, TrackerLine& line, const AnnouncePlan::Heartbeat& step,
            const Answer& answer);
  void tell_listed(ToldTracker& tracker, TrackerLine& line, const Endpoint& listed);
  /// What a step's end means for the tracker as a whole.
  void tell_news(ToldTracker& tracker);
  [[nodiscard]] TrackerClients clients() const;
  [[nodiscard]] TrackerClients telling_clients_and(const std::vector<std::string>& more) const;
  void stop_driving();
  void stop();

  asio::any_io_executor executor;
  PeerId peer_id;
  Whereabouts where;
  AnnouncerTiming timing;
  Keys keys;
  std::shared_ptr<const AnnouncerEvents> events;  ///< shared, since a callback may replace them
  std::vector<std::unique_ptr<ToldTracker>> trackers;
  std::map<InfoHash, SwarmAnnouncer> followed;
  bool closing = false;
};

/// Carries out one line's plan. Begins later, so that no callback runs inside offer().
asio::awaitable<void> Announcer::State::drive(std::shared_ptr<State> self, ToldTracker& tracker,
                                              TrackerLine& line) {
  co_await asio::post(self->executor, asio::use_awaitable);
  while (!self->closing) {
    if (auto step = line.plan.next(Clock::now())) {
      net::spawn(self->executor, perform(self, tracker, line, *std::move(step)));
    } else {
      co_await wait_until(line.timer, line.plan.next_deadline());
    }
  }
}

asio::awaitable<void> Announcer::State::perform(std::shared_ptr<State> self, ToldTracker& tracker,
                                                TrackerLine& line, AnnouncePlan::Step step) {
  const auto answer =
      co_await line.client->ask(self->request_for(line, step), self->timing.patience);
  if (self->closing) co_return;
  line.timer.cancel();
  if (answer) {
    line.silence.reset();
    std::visit([&](const auto& asked) { self->take(tracker, line, asked, *answer); }, step);
  } else {
    line.silence = answer.error();
    line.plan.silent(step, Clock::now());
  }
  self->tell_news(tracker);
}

datagram::Request Announcer::State::request_for(const TrackerLine& line,
                                                const AnnouncePlan::Step& step) const {
  const std::uint16_t port = where.listens.port;
  if (const auto* file = std::get_if<AnnouncePlan::Register>(&step)) {
    return datagram::RegisterRequest{peer_id,    port,      file->complete,
                                     file->file, line.said, line.proof};
  }
  if (const auto* file = std::get_if<AnnouncePlan::Withdraw>(&step)) {
    return datagram::WithdrawRequest{peer_id, port, file->hash, line.said, line.proof};
  }
  const auto& heartbeat = std::get<AnnouncePlan::Heartbeat>(step);
  return datagram::HeartbeatRequest{peer_id, port, heartbeat.files, line.said, line.proof};
}

void Announcer::State::take(ToldTracker& tracker, TrackerLine& line,
                            const AnnouncePlan::Register& step, const Answer& answer) {
  const auto now_told = events;
  const std::string& name = tracker.name();
  if (const auto* reply = std::get_if<datagram::RegisterReply>(&answer.reply)) {
    const bool news = line.plan.registered(step, reply->timing, Clock::now());
    if (reply->listed) tell_listed(tracker, line, *reply->listed);
    if (news && now_told->on_registered) now_told->on_registered(step.file, name);
  } else if (is_for_now(answer.reply)) {
    const bool told = tracker.waits_for_room();
    const bool waits = line.plan.put_off(step, Clock::now());
    if (waits && !told && now_told->on_put_off)
      now_told->on_put_off(step.file, refusal(answer.reply, step.file, name), name);
  } else if (line.plan.refused(step)) {
    tracker.refused(step.hash, {step.file, refusal(answer.reply, step.file, name)});
  }
}

void Announcer::State::take(ToldTracker&, TrackerLine& line, const AnnouncePlan::Withdraw& step,
                            const Answer&) {
  line.plan.withdrawn(step);
}

void Announcer::State::take(ToldTracker&, TrackerLine& line, const AnnouncePlan::Heartbeat&,
                            const Answer& answer) {
  // An error is as good as "I do not know you": what is registered again meets the same error, and
  // that is reported.
  const auto* reply = std::get_if<datagram::HeartbeatReply>(&answer.reply);
  const auto told = reply != nullptr ? *reply : datagram::HeartbeatReply{};
  line.plan.heartbeat_answered(told.known, told.timing, Clock::now());
}

void Announcer::State::tell_listed(ToldTracker& tracker, TrackerLine& line,
                                   const Endpoint& listed) {
  if (std::exchange(line.listed, listed) == listed) return;
  const auto now_told = events;
  if (now_told->on_listed) now_told->on_listed(tracker.name(), listed, line.said);
}

void Announcer::State::tell_news(ToldTracker& tracker) {
  const auto now_told = events;
  const std::string& name = tracker.name();
  for (const ToldTracker::Refusal& one : tracker.refusals()) {
    if (!closing && now_told->on_refused) now_told->on_refused(one.file, one.why, name);
  }
  if (closing) return;
  const auto silence = tracker.fell_silent();
  const bool is_back = !silence && tracker.is_back();
  if (!now_told->on_tracker_state || (!silence && !is_back)) return;
  now_told->on_tracker_state(
      name, is_back, silence ? silence->message : "the tracker at " + name + " answers again");
}

void Announcer::State::look_again(ToldTracker& tracker) {
  if (closing) return;
  for (const auto& line : tracker.lines()) {
    if (!std::exchange(line->driven, true)) {
      net::spawn(executor, drive(shared_from_this(), tracker, *line));
    } else {
      line->timer.cancel();
    }
  }
}

TrackerClients Announcer::State::clients() const {
  TrackerClients all;
  for (const auto& tracker : trackers) all.push_back(tracker->asked());
  return all;
}

/// A tracker that is written in two ways is one tracker.
TrackerClients Announcer::State::telling_clients_and(const std::vector<std::string>& more) const {
  TrackerClients all;
  std::vector<Result<TrackerAddress>> addresses;
  for (const auto& tracker : trackers) {
    for (const auto& line : tracker->lines()) all.push_back(line->client);
    addresses.push_back(parse_tracker_address(tracker->name()));
  }
  for (const std::string& name : more) {
    auto address = parse_tracker_address(name);
    if (address && std::ranges::find(addresses, address) != addresses.end()) continue;
    for (auto& client : telling_clients(executor, name, where, timing.first_retry, keys))
      all.push_back(std::move(client));
    addresses.push_back(std::move(address));
  }
  return all;
}

asio::awaitable<void> Announcer::State::leave(std::shared_ptr<State> self, TrackerLine& line,
                                              std::shared_ptr<net::Timer> left,
                                              std::shared_ptr<std::size_t> leaving) {
  // Whether it was heard makes no difference: a tracker forgets by itself who is silent.
  datagram::Request everything = datagram::WithdrawRequest{self->peer_id, self->where.listens.port,
                                                           std::nullopt, line.said, line.proof};
  co_await line.client->ask(std::move(everything), kLeavePatience);
  --*leaving;
  left->cancel();
}

asio::awaitable<void> Announcer::State::leave(SwarmAnnouncer swarm,
                                              std::shared_ptr<net::Timer> left,
                                              std::shared_ptr<std::size_t> leaving) {
  co_await leave_swarm(std::move(swarm));
  --*leaving;
  left->cancel();
}

asio::awaitable<void> Announcer::State::close(std::shared_ptr<State> self) {
  if (!self->closing) {
    self->stop_driving();
    const auto left = std::make_shared<net::Timer>(self->executor);
    const auto leaving = std::make_shared<std::size_t>(0);
    for (const auto& tracker : self->trackers) {
      for (const auto& line : tracker->lines()) {
        if (line->plan.empty() || line->silence) continue;
        ++*leaving;
        net::spawn(self->executor, leave(self, *line, left, leaving));
      }
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
    tracker->asked()->cancel_all();
    for (const auto& line : tracker->lines()) {
      line->client->cancel_all();
      line->timer.cancel();
    }
  }
}

void Announcer::State::stop() {
  stop_driving();
  followed.clear();
  for (const auto& tracker : trackers) {
    tracker->asked()->close();
    for (const auto& line : tracker->lines()) line->client->close();
  }
}

Announcer::Announcer(asio::any_io_executor executor, std::vector<std::string> trackers,
                     const PeerId& peer_id, Whereabouts where, AnnouncerEvents events,
                     const AnnouncerTiming& timing, Keys keys,
                     const std::optional<HostSecret>& secret)
    : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
  state_->peer_id = peer_id;
  state_->where = std::move(where);
  state_->timing = timing;
  state_->keys = std::move(keys);
  set_events(std::move(events));
  for (std::string& name : trackers) {
    const datagram::Proof proof = secret ? proof_for(*secret, name) : datagram::kNoProof;
    state_->trackers.push_back(std::make_unique<ToldTracker>(
        state_->executor, std::move(name), state_->where, timing, state_->keys, proof));
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

void Announcer::tell_listed_again() {
  asio::post(state_->executor, [weak = std::weak_ptr(state_)] {
    const auto state = weak.lock();
    if (!state || !state->events->on_listed) return;
    const auto now_told = state->events;
    for (const auto& tracker : state->trackers) {
      for (const auto& line : tracker->lines()) {
        if (state->closing) return;
        if (line->listed) now_told->on_listed(tracker->name(), *line->listed, line->said);
      }
    }
  });
}

void Announcer::offer(const FileInfo& file, bool complete) {
  const InfoHash hash = info_hash(file);
  for (const auto& tracker : state_->trackers) {
    for (const auto& line : tracker->lines()) line->plan.offer(file, hash, complete);
    state_->look_again(*tracker);
  }
}

void Announcer::withdraw(const InfoHash& file) {
  for (const auto& tracker : state_->trackers) {
    for (const auto& line : tracker->lines()) line->plan.withdraw(file);
    state_->look_again(*tracker);
  }
}

void Announcer::resumed() {
  for (const auto& tracker : state_->trackers) {
    for (const auto& line : tracker->lines()) {
      line->plan.tell_again(Clock::now());
      line->timer.cancel();
    }
  }
  for (auto& [hash, swarm] : state_->followed) swarm.resumed();
}

std::vector<std::string> Announcer::follow(const InfoHash& swarm,
                                           const std::vector<std::string>& more,
                                           const Standing& standing,
                                           SwarmAnnouncer::OnAnswer on_answer) {
  if (state_->closing) return {};
  TrackerClients clients = state_->telling_clients_and(more);
  std::vector<std::string> names;
  for (const auto& client : clients)
    if (names.empty() || names.back() != client->name()) names.push_back(client->name());
  const SwarmAnnouncer::Self self{state_->peer_id, state_->where.listens.port};
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
    tracker->asked()->addresses_changed();
    for (const auto& line : tracker->lines()) {
      line->client->addresses_changed();
      line->plan.tell_again(Clock::now());
      line->timer.cancel();
    }
  }
  for (auto& [hash, swarm] : state_->followed) swarm.addresses_changed();
}

asio::awaitable<Result<Lookup>> Announcer::find(FileName name, std::optional<Digest> root,
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
