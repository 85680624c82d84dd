#include "discovery/announce_plan.hpp"

#include <algorithm>
#include <utility>

namespace shoal::discovery {

void AnnouncePlan::offer(const FileInfo& info, const InfoHash& hash, bool complete) {
  const auto [place, is_new] = files_.try_emplace(hash);
  File& file = place->second;
  const bool same = !is_new && file.wanted && !file.refused && (file.complete || !complete);
  if (same) return;
  file.info = info;
  file.complete = file.complete || complete;
  file.wanted = true;
  make_due(hash, file);
}

void AnnouncePlan::withdraw(const InfoHash& hash) {
  const auto place = files_.find(hash);
  if (place == files_.end() || !place->second.wanted) return;
  File& file = place->second;
  if (!file.known && file.phase != Phase::asking) {
    files_.erase(place);
    return;
  }
  file.wanted = false;
  file.complete = false;
  make_due(hash, file);
}

void AnnouncePlan::make_due(const InfoHash& hash, File& file) {
  file.version = ++versions_;
  file.refused = false;
  if (file.phase != Phase::settled)
    return;  // in a queue already, or looked at again when its step ends
  file.phase = Phase::due;
  due_.push_back(hash);
}

std::optional<AnnouncePlan::Step> AnnouncePlan::next(Time now) {
  const std::size_t most = down_ ? 1 : kMostAtOnce;
  if (heartbeat_under_way_ || under_way_ >= most || (down_ && now < probe_at_)) return std::nullopt;
  if (known_.count > 0 && (down_ || now >= heartbeat_at_)) {
    if (under_way_ > 0) return std::nullopt;
    ++under_way_;
    heartbeat_under_way_ = true;
    return Heartbeat{known_};
  }
  auto hash = take(due_, Phase::due);
  if (!hash && now >= try_room_at_) {
    hash = take(waiting_, Phase::waiting);
    try_room_at_ = now + interval_;
  }
  if (!hash) return std::nullopt;
  ++under_way_;
  return step_for(*hash, files_.find(*hash)->second);
}

std::optional<InfoHash> AnnouncePlan::take(std::deque<InfoHash>& queue, Phase phase) {
  while (!queue.empty()) {
    const InfoHash hash = queue.front();
    queue.pop_front();
    const auto place = files_.find(hash);
    if (place != files_.end() && place->second.phase == phase) return hash;
  }
  return std::nullopt;
}

void AnnouncePlan::try_all_waiting() {
  while (const auto hash = take(waiting_, Phase::waiting)) {
    files_.find(*hash)->second.phase = Phase::due;
    due_.push_back(*hash);
  }
}

AnnouncePlan::Step AnnouncePlan::step_for(const InfoHash& hash, File& file) {
  file.phase = Phase::asking;
  if (file.wanted) return Register{file.info, hash, file.complete, file.version};
  return Withdraw{hash, file.version};
}

Time AnnouncePlan::next_deadline() const {
  if (under_way_ > 0) return Time::max();  // its end comes first
  const bool waits = due_.empty() && !waiting_.empty();
  if (down_ && waits && known_.count == 0) return std::max(probe_at_, try_room_at_);
  if (down_) return known_.count > 0 || !due_.empty() ? probe_at_ : Time::max();
  if (!due_.empty()) return Time::min();
  return std::min(known_.count > 0 ? heartbeat_at_ : Time::max(),
                  waits ? try_room_at_ : Time::max());
}

bool AnnouncePlan::registered(const Register& step, const datagram::Timing& timing, Time now) {
  ended();
  set_timing(timing, now);
  const auto place = files_.find(step.hash);
  if (place == files_.end()) return false;
  if (!place->second.known) try_all_waiting();  // there is room
  set_known(step.hash, place->second, true);
  const bool current = settle(place, step.version);
  waits_for_room_ = waits_for_room_ && (under_way_ > 0 || !due_.empty() || !waiting_.empty());
  return current;
}

bool AnnouncePlan::refused(const Register& step) {
  ended();
  const auto place = files_.find(step.hash);
  if (place == files_.end()) return false;
  set_known(step.hash, place->second, false);
  const bool current = settle(place, step.version);
  place->second.refused = current;
  return current;
}

bool AnnouncePlan::put_off(const Register& step, Time now) {
  ended();
  const auto place = files_.find(step.hash);
  if (place == files_.end()) return false;
  set_known(step.hash, place->second, false);
  if (!settle(place, step.version)) return false;
  place->second.phase = Phase::waiting;
  waiting_.push_back(step.hash);
  waits_for_room_ = true;
  try_room_at_ = now + interval_;
  return true;
}

void AnnouncePlan::withdrawn(const Withdraw& step) {
  ended();
  const auto place = files_.find(step.hash);
  if (place == files_.end()) return;
  set_known(step.hash, place->second, false);
  if (settle(place, step.version)) files_.erase(place);
}

void AnnouncePlan::heartbeat_answered(bool known, const datagram::Timing& timing, Time now) {
  ended();
  heartbeat_under_way_ = false;
  heartbeat_at_ = std::exchange(beat_again_, false) ? now : Time::max();
  set_timing(timing, now);
  if (known) return;
  try_all_waiting();
  for (auto place = files_.begin(); place != files_.end();) {
    auto& [hash, file] = *place;
    file.known = false;
    if (!file.wanted) {
      place = files_.erase(place);
      continue;
    }
    if (file.phase == Phase::settled) make_due(hash, file);
    ++place;
  }
  known_ = {};
}

void AnnouncePlan::silent(const Step& step, Time now) {
  ended();
  down_ = true;
  probe_at_ = now + std::min(probe_, interval_);
  if (std::holds_alternative<Heartbeat>(step)) {
    heartbeat_under_way_ = beat_again_ = false;
  } else if (const auto* asked = std::get_if<Register>(&step)) {
    const auto place = files_.find(asked->hash);
    if (place != files_.end() && settle(place, asked->version))
      make_due(asked->hash, place->second);
  } else if (const auto* left = std::get_if<Withdraw>(&step)) {
    // A tracker forgets by itself who is silent.
    const auto place = files_.find(left->hash);
    if (place == files_.end()) return;
    set_known(left->hash, place->second, false);
    if (settle(place, left->version)) files_.erase(place);
  }
}

void AnnouncePlan::tell_again(Time now) {
  probe_at_ = std::min(probe_at_, now);
  if (known_.count > 0) heartbeat_at_ = std::min(heartbeat_at_, now);
  beat_again_ = heartbeat_under_way_;
}

bool AnnouncePlan::settle(Files::iterator place, std::uint64_t version) {
  File& file = place->second;
  file.phase = Phase::settled;
  if (file.version == version) return true;
  make_due(place->first, file);
  return false;
}

void AnnouncePlan::set_known(const InfoHash& hash, File& file, bool known) {
  if (file.known == known) return;
  file.known = known;
  known ? known_.add(hash) : known_.remove(hash);
}

void AnnouncePlan::set_timing(const datagram::Timing& timing, Time now) {
  interval_ = std::clamp<Duration>(std::chrono::milliseconds(timing.heartbeat_ms),
                                   kShortestInterval, kLongestInterval);
  heartbeat_at_ = std::min(heartbeat_at_, now + interval_);
}

AnnouncePlan::Outcome AnnouncePlan::outcome(const InfoHash& hash) const {
  const auto place = files_.find(hash);
  if (place == files_.end() || !place->second.wanted || place->second.refused) return Outcome::none;
  return place->second.known ? Outcome::registered : Outcome::pending;
}

void AnnouncePlan::ended() {
  --under_way_;
  down_ = false;
}

}  // namespace shoal::discovery
