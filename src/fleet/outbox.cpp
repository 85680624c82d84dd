#include "fleet/outbox.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace shoal::fleet {
namespace {

bool is_sign_of_life(const Change& change) {
  return std::holds_alternative<Alive>(change) || std::holds_alternative<Announced>(change) ||
         std::holds_alternative<Here>(change);
}

}  // namespace

Ticket Outbox::add(Change change) {
  if (waiting() >= most_) {
    (signs_.empty() ? changes_ : signs_).pop_front();
    ++dropped_;
  }
  auto& queue = is_sign_of_life(change) ? signs_ : changes_;
  queue.push_back({++last_, std::move(change)});
  return last_;
}

bool Outbox::take(Bytes& out) {
  if (waiting() == 0 || unread_.size() >= kMostUnread) return false;
  Batch batch;
  number(batch, 0);
  Unread& unread = unread_.back();
  const std::size_t begin = out.size();
  encode_head(batch, out);
  for (std::size_t count = 0; waiting() > 0 && count < kMaxChanges; ++count) {
    if (out.size() - begin > kMaxBatch - kMaxChange) break;
    const bool sign =
        changes_.empty() || (!signs_.empty() && signs_.front().ticket < changes_.front().ticket);
    auto& queue = sign ? signs_ : changes_;
    const Waiting& next = queue.front();
    encode(next.change, out);
    unread.last = next.ticket;
    const auto* registered = std::get_if<Registered>(&next.change);
    if (registered != nullptr && !registered->again) unread.registrations.push_back(next.ticket);
    queue.pop_front();
  }
  return true;
}

void Outbox::number(Batch& batch, std::size_t bytes) {
  batch.origin = self_;
  batch.number = ++number_;
  unread_.push_back({number_, 0, {}, bytes});
  unread_bytes_ += bytes;
}

std::vector<Ticket> Outbox::read_back(std::uint64_t number) {
  std::vector<Ticket> registrations;
  while (!unread_.empty() && unread_.front().number <= number) {
    Unread& read = unread_.front();
    settled_ = std::max(settled_, read.last);
    unread_bytes_ -= read.bytes;
    if (read.number == number) registrations = std::move(read.registrations);
    unread_.pop_front();
  }
  return registrations;
}

void Outbox::forget_unread() {
  unread_.clear();
  unread_bytes_ = 0;
}

}  // namespace shoal::fleet
