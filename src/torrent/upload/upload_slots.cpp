#include "torrent/upload/upload_slots.hpp"

namespace shoal::torrent {
namespace {

/// Long enough for a few round trips and pieces. Short turns spread pieces sooner, and who gives
/// most makes no difference to that (swarm policy, C1).
constexpr Duration kTurn = std::chrono::seconds(2);
/// Of those who have never asked: enough to be shown a piece and to ask for it.
constexpr Duration kTrial = std::chrono::milliseconds(500);

}  // namespace

void UploadSlots::set_most(std::size_t most, Time now) {
  most_ = most;
  while (limited() && holders_.size() > most_) {
    waiting_.push_back(holders_.front());
    holders_.pop_front();
  }
  fill(now);
}

bool UploadSlots::has_slot(ConnectionKey who) const {
  return std::ranges::find(holders_, who, &Client::who) != holders_.end();
}

bool UploadSlots::holds(ConnectionKey who) const {
  return !limited() || has_slot(who);
}

void UploadSlots::wants(ConnectionKey who, Time now) {
  if (has_slot(who) || std::ranges::find(waiting_, who, &Client::who) != waiting_.end()) return;
  waiting_.push_back({.who = who});
  fill(now);
}

void UploadSlots::asks(ConnectionKey who) {
  if (!limited()) return;
  for (Clients* clients : {&holders_, &waiting_}) {
    const auto found = std::ranges::find(*clients, who, &Client::who);
    if (found != clients->end()) found->standing = Standing::asks;
  }
}

void UploadSlots::leaves(ConnectionKey who, Time now) {
  const auto is_it = [who](const Client& client) { return client.who == who; };
  std::erase_if(waiting_, is_it);
  std::erase_if(holders_, is_it);
  fill(now);
}

void UploadSlots::rotate(Time now) {
  for (std::size_t i = 0; i < holders_.size();) {
    if (!makes_room(holders_[i], now)) {
      ++i;
      continue;
    }
    Client client = holders_[i];
    last_asked_ = client.standing == Standing::asks;
    if (!last_asked_) client.standing = Standing::silent;
    holders_.erase(holders_.begin() + static_cast<std::ptrdiff_t>(i));
    waiting_.push_back(client);
    fill(now);  // at the end, with a turn that begins
  }
}

bool UploadSlots::on_trial() const {
  return std::ranges::any_of(
      holders_, [](const Client& holder) { return holder.standing != Standing::asks; });
}

bool UploadSlots::waits(bool asking) const {
  return std::ranges::any_of(waiting_, [asking](const Client& client) {
    return (client.standing == Standing::asks) == asking;
  });
}

bool UploadSlots::makes_room(const Client& holder, Time now) const {
  if (holder.standing != Standing::asks) return now - holder.since >= kTrial && !waiting_.empty();
  return now - holder.since >= kTurn && (waits(true) || (waits(false) && !on_trial()));
}

/// Of those who had no turn the oldest and the newest in turn, for an old crowd may be silent, and
/// so may new ones who keep coming. Then who had a turn in vain.
UploadSlots::Clients::iterator UploadSlots::next_newcomer() {
  const auto is_fresh = [](const Client& client) { return client.standing == Standing::fresh; };
  newest_next_ = !newest_next_;
  if (newest_next_) {
    const auto found = std::find_if(waiting_.rbegin(), waiting_.rend(), is_fresh);
    if (found != waiting_.rend()) return std::prev(found.base());
  }
  const auto found = std::ranges::find_if(waiting_, is_fresh);
  if (found != waiting_.end()) return found;
  return std::ranges::find(waiting_, Standing::silent, &Client::standing);
}

UploadSlots::Client UploadSlots::take_next() {
  const bool newcomers = waits(false);
  const bool asking = waits(true);
  last_asked_ = asking && (!newcomers || on_trial() || !last_asked_);
  const auto next = last_asked_ ? std::ranges::find(waiting_, Standing::asks, &Client::standing)
                                : next_newcomer();
  const Client client = *next;
  waiting_.erase(next);
  return client;
}

void UploadSlots::fill(Time now) {
  while (any_free() && !waiting_.empty()) {
    Client client = take_next();
    client.since = now;
    holders_.push_back(client);
  }
}

}  // namespace shoal::torrent
