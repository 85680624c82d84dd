#include <algorithm>

#include "fleet/host_view.hpp"
#include "fleet/replica.hpp"

// What time brings: each tracker goes by its own clock here, and what it decides for others it says
// in the log.
namespace shoal::fleet {
namespace {

constexpr std::size_t kAtATime = 10'000;                   // hosts
constexpr Duration kNextInLine = std::chrono::seconds(2);  // between trackers that may do a thing
constexpr Duration kAskAgain = std::chrono::seconds(5);    // for a host
constexpr std::uint8_t kMostWanted = 3;                    // times, until its next heartbeat

}  // namespace

void Replica::due(Time now) {
  grant_overdue(now);
  fill(now);
  expire_own(now);
  expire_others(now);
  ask_for_doubts(now);
  answer_questions(now);
  registry_.expire(now);
}

void Replica::grant_overdue(Time now) {
  while (!pending_.empty() && (!up_ || now - pending_.front().since >= kSlow)) {
    const Pending& first = pending_.front();
    decided_.push_back({first.ticket, grant_alone(first.change, now)});
    pending_.pop_front();
  }
}

void Replica::expire_own(Time now) {
  for (std::size_t left = kAtATime; left > 0; --left) {
    const Id id = cares_.first_own();
    if (id == kNone || cares_[id].deadline > now) return;
    const Endpoint host = cares_[id].host;
    if (find_host(registry_, host) == nullptr) {
      cares_.remove(id);
      continue;
    }
    cares_.heard(id, self_, now);  // if the log loses what we say, we say it again
    change(host, Withdrawn{host, {}, true}, now);
  }
}

void Replica::expire_others(Time now) {
  // Without the log nobody hears of them, and back again they get the time to be heard of.
  if (up_ ? now - up_since_ < lifetime_ : now - down_since_ < kFrozen) return;
  if (cares_.first_other() == kNone || cares_[cares_.first_other()].deadline > now) return;
  const Duration turn = up_ ? kNextInLine * others_.place(kNobody, kNobody, now) : Duration{};
  for (std::size_t left = kAtATime; left > 0; --left) {
    const Id id = cares_.first_other();
    if (id == kNone || cares_[id].deadline + turn > now) return;
    const Endpoint host = cares_[id].host;
    if (find_host(registry_, host) == nullptr) {
      cares_.remove(id);
    } else if (up_) {
      cares_.heard(id, kNobody, now);
      change(host, Withdrawn{host, {}, true}, now);
    } else {
      withdraw({host, {}, true});
    }
  }
}

void Replica::ask_for_doubts(Time now) {
  while (!doubts_.empty() && doubts_.front().due <= now) {
    const Endpoint host = doubts_.front().host;
    doubts_.pop_front();
    const Id id = cares_.find(host);
    if (id == kNone || cares_[id].expected == kUnsure) continue;
    Care& care = cares_[id];
    if (cares_.is_own(id) || fingerprint(registry_, host) == care.expected ||
        care.wanted == kMostWanted) {
      care.expected = kUnsure;
      continue;
    }
    ++care.wanted;
    ++counts_.wanted;
    if (up_) outbox_.add(Want{host, care.expected});
    doubts_.push_back({host, now + kAskAgain});
  }
}

void Replica::answer_questions(Time now) {
  std::erase_if(questions_, [&](const auto& one) {
    const auto& [host, question] = one;
    if (question.due > now) return false;
    if (fingerprint(registry_, host) == question.known) statements_.tell(host);
    return true;
  });
}

void Replica::fill(Time now) {
  if (filling_.done()) return;
  const Origin whom = filling_.ask(others_, now);
  if (whom != kNobody) outbox_.add(WantAll{whom});
  if (filling_.done()) names_.confirm_for_now();
}

void Replica::end_untold() {
  for (const Endpoint& host : cares_.others())
    if (const Id id = cares_.find(host); cares_[id].era != filling_.era()) {
      registry_.withdraw(host, {});
      cares_.remove(id);
    }
}

void Replica::lose_track(Time now) {
  const registry::Catalogue& known = registry_.catalogue();
  for (Id id = 0; id < known.slab().end(); ++id)
    if (known[id].described()) names_.grant_for_now(known[id].file.name);
  // What we have granted the others may have given away since, as they could not hear us.
  for (const Endpoint& host : cares_.own())
    for (const InfoHash& file : files_of(registry_, host))
      names_.grant_alone(known[known.find(truncated(file))].file.name);
  filling_.begin_again(others_, now);
}

}  // namespace shoal::fleet
