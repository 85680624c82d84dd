#include "fleet/filling.hpp"

namespace shoal::fleet {

namespace {

void ask_all_anew(Others& others) {
  others.for_each([](Tracker& tracker) { tracker.asked = false; });
}

}  // namespace

void Filling::begin_again(Others& others, Time now) {
  ++era_;
  touched_.clear();
  ask_all_anew(others);
  state_ = State::looking;
  since_ = now;
}

void Filling::link_up(Others& others, Time now) {
  if (state_ != State::waiting) return;
  ask_all_anew(others);
  state_ = State::looking;
  since_ = now;
}

Origin Filling::ask(Others& others, Time now) {
  if (state_ == State::waiting && now - begun_ >= kWithoutLog) open_ = true;
  if (state_ == State::asking && now - since_ >= kSilence) {
    state_ = State::looking;
    since_ = now;
  }
  if (state_ != State::looking) return kNobody;
  asked_ = others.to_ask(now);
  if (asked_ == kNobody) {
    if (now - since_ >= kAlone) finish();
    return kNobody;
  }
  others.find(asked_)->asked = true;
  state_ = State::asking;
  since_ = now;
  return asked_;
}

void Filling::finish() {
  state_ = State::done;
  open_ = true;
  touched_ = {};
}

void Filling::touch(const Endpoint& host, Position at) {
  if (done() || touched_.size() >= kMostTouched) return;
  touched_[host] = at;
}

bool Filling::is_behind(const Endpoint& host, Position as_of) const {
  const auto found = touched_.find(host);
  return found != touched_.end() && found->second > as_of;
}

}  // namespace shoal::fleet
