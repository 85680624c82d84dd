#include "secure/opener.hpp"

#include <utility>

#include "secure/key_ring.hpp"

namespace shoal::secure {

Opener::Opener(Keys keys, Direction direction, std::size_t most_sessions)
    : keys_(std::move(keys)), direction_(direction), most_sessions_(most_sessions) {}

std::optional<Opener::Opened> Opener::open(BytesView sealed, BytesView bound) {
  const auto head = decode_sealed_head(direction_, sealed);
  if (!head) return std::nullopt;
  const auto key = keys_->find(head->key);
  if (!key) return std::nullopt;
  const Sender sender{*key, head->session};

  const auto known = sessions_.find(sender);
  const bool is_new = known == sessions_.end();
  Session begun;
  if (is_new) derive_session_key(keys_->all()[*key], direction_, head->session, begun.key);
  Session& session = is_new ? begun : known->second;
  if (!session.window.fresh(head->counter)) return std::nullopt;
  if (!authentic(session.key.view(), sealed, bound, head->counter)) return std::nullopt;
  session.window.accept(head->counter);
  if (is_new) {
    remember(sender, std::move(begun));
  } else {
    uses_.splice(uses_.begin(), uses_, session.use);
  }
  const auto plain = content(sealed.size() - kSealedHead - Aead::kTag);
  if (!plain) return std::nullopt;
  return Opened{sender, *plain};
}

bool Opener::authentic(BytesView session_key, BytesView sealed, BytesView bound,
                       std::uint64_t counter) {
  return aead_.open(session_key, counter, {sealed.first(kSealedHead), bound},
                    sealed.subspan(kSealedHead), plain_.data());
}

/// What is between the length and the padding.
std::optional<BytesView> Opener::content(std::size_t inside) const {
  const std::size_t size = load_be<std::uint16_t>(plain_.data());
  if (size > inside - kLengthField) return std::nullopt;
  return BytesView(plain_).subspan(kLengthField, size);
}

void Opener::remember(const Sender& sender, Session session) {
  if (sessions_.size() >= most_sessions_) {
    sessions_.erase(uses_.back());
    uses_.pop_back();
  }
  uses_.push_front(sender);
  session.use = uses_.begin();
  sessions_.emplace(sender, std::move(session));
}

}  // namespace shoal::secure
