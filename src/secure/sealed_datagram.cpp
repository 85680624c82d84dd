#include "secure/sealed_datagram.hpp"

#include <algorithm>

namespace shoal::secure {

std::array<std::byte, kSealedHead> encode(Direction direction, const SealedHead& head) {
  std::array<std::byte, kSealedHead> out;
  out[0] = static_cast<std::byte>(direction);
  auto to = std::ranges::copy(head.key.bytes, out.begin() + 1).out;
  to = std::ranges::copy(head.session.bytes, to).out;
  store_be(head.counter, &*to);
  return out;
}

std::optional<SealedHead> decode_sealed_head(Direction direction, BytesView sealed) {
  if (sealed.size() < kSealedHead + kLengthField + Aead::kTag) return std::nullopt;
  if ((sealed.size() - kSealedHead - Aead::kTag) % kPadding != 0) return std::nullopt;
  if (sealed.size() > kMostSealed || sealed[0] != static_cast<std::byte>(direction)) {
    return std::nullopt;
  }
  ByteReader reader(sealed.subspan(1));
  SealedHead head;
  head.key.bytes = reader.array<KeyId::kSize>();
  head.session.bytes = reader.array<SessionId::kSize>();
  head.counter = reader.u64();
  return head;
}

void derive_session_key(const Key& key, Direction direction, const SessionId& session,
                        Secret<Aead::kKey>& out) {
  const std::string_view info =
      direction == Direction::question ? "shoal 1 datagram question" : "shoal 1 datagram answer";
  key.derive(session.bytes, info, out.fill());
}

}  // namespace shoal::secure
