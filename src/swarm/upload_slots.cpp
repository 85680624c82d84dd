#include "swarm/upload_slots.hpp"

namespace shoal::swarm {
namespace {

/// Long enough for a few round trips and pieces. Short turns spread pieces sooner, and who gives
/// most makes no difference to that (swarm policy, C1).
constexpr Duration kTurn = std::chrono::seconds(2);

}  // namespace

bool UploadSlots::holds(ConnectionKey who) const {
  return !limited() || std::ranges::find(holders_, who, &Holder::who) != holders_.end();
}

void UploadSlots::wants(ConnectionKey who, Time now) {
  if (!limited() || holds(who) || std::ranges::find(waiting_, who) != waiting_.end()) return;
  waiting_.push_back(who);
  fill(now);
}

void UploadSlots::leaves(ConnectionKey who, Time now) {
  std::erase(waiting_, who);
  std::erase_if(holders_, [&](const Holder& holder) { return holder.who == who; });
  fill(now);
}

void UploadSlots::rotate(Time now) {
  for (std::size_t waiting = waiting_.size(); waiting > 0; --waiting) {
    if (now - holders_.front().since < kTurn) return;
    waiting_.push_back(holders_.front().who);
    holders_.pop_front();
    fill(now);
  }
}

void UploadSlots::fill(Time now) {
  while (holders_.size() < most_ && !waiting_.empty()) {
    holders_.push_back({waiting_.front(), now});
    waiting_.pop_front();
  }
}

}  // namespace shoal::swarm
