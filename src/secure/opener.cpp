#include "secure/opener.hpp"

#include <utility>

#include "secure/key_ring.hpp"

namespace shoal::secure {

Opener::Opener(Keys keys, Direction direction, std::size_t most_sessions)
    : Opener(std::move(keys), direction, std::make_shared<SessionMemory>(most_sessions)) {}

Opener::Opener(Keys keys, Direction direction, std::shared_ptr<SessionMemory> memory)
    : keys_(std::move(keys)), direction_(direction), memory_(std::move(memory)) {}

std::optional<Opener::Opened> Opener::open(BytesView sealed, BytesView bound) {
  const auto head = decode_sealed_head(direction_, sealed);
  if (!head) return std::nullopt;
  const auto key = keys_->find(head->key);
  if (!key) return std::nullopt;
  const Sender sender{*key, head->session};

  Secret<Aead::kKey> session_key;
  const auto seen = memory_->look(sender, head->counter, session_key);
  if (seen == SessionMemory::Seen::datagram) return std::nullopt;
  if (seen == SessionMemory::Seen::not_yet)
    derive_session_key(keys_->all()[*key], direction_, head->session, session_key);
  if (!authentic(session_key.view(), sealed, bound, head->counter)) return std::nullopt;
  if (!memory_->accept(sender, head->counter, session_key)) return std::nullopt;
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

}  // namespace shoal::secure
