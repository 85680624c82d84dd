#include "secure/session_memory.hpp"

#include <algorithm>
#include <utility>

namespace shoal::secure {

SessionMemory::Seen SessionMemory::look(const Sender& sender, std::uint64_t counter,
                                        Secret<Aead::kKey>& key) {
  const std::lock_guard lock(mutex_);
  const auto known = sessions_.find(sender);
  if (known == sessions_.end()) return Seen::not_yet;
  if (!known->second.window.fresh(counter)) return Seen::datagram;
  std::ranges::copy(known->second.key.view(), key.fill().begin());
  return Seen::session;
}

bool SessionMemory::accept(const Sender& sender, std::uint64_t counter,
                           const Secret<Aead::kKey>& key) {
  const std::lock_guard lock(mutex_);
  const auto known = sessions_.find(sender);
  if (known == sessions_.end()) return begin(sender, counter, key);
  Session& session = known->second;
  if (!session.window.fresh(counter)) return false;
  session.window.accept(counter);
  uses_.splice(uses_.begin(), uses_, session.use);
  return true;
}

bool SessionMemory::begin(const Sender& sender, std::uint64_t counter,
                          const Secret<Aead::kKey>& key) {
  Session begun;
  if (!begun.window.fresh(counter)) return false;
  begun.window.accept(counter);
  std::ranges::copy(key.view(), begun.key.fill().begin());
  if (sessions_.size() >= most_) {
    sessions_.erase(uses_.back());
    uses_.pop_back();
  }
  begun.use = uses_.insert(uses_.begin(), sender);
  sessions_.emplace(sender, std::move(begun));
  return true;
}

std::size_t SessionMemory::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace shoal::secure
