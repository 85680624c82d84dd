#include "secure/sealer.hpp"

#include <algorithm>

#include "secure/random.hpp"

namespace shoal::secure {
namespace {

SessionId random_session() {
  SessionId session;
  fill_random(session.bytes);
  return session;
}

constexpr std::size_t padded(std::size_t size) {
  return (size + kPadding - 1) / kPadding * kPadding;
}

}  // namespace

Sealer::Sealer(const Key& key, Direction direction)
    : direction_(direction), key_(key.id()), session_(random_session()) {
  derive_session_key(key, direction, session_, session_key_);
}

void Sealer::seal(BytesView plain, BytesView bound, Bytes& out) {
  inside_.assign(padded(kLengthField + plain.size()), std::byte{0});
  store_be(static_cast<std::uint16_t>(plain.size()), inside_.data());
  std::ranges::copy(plain, inside_.begin() + kLengthField);

  const std::uint64_t counter = next_++;
  const auto head = encode(direction_, {key_, session_, counter});
  out.resize(head.size() + inside_.size() + Aead::kTag);
  std::ranges::copy(head, out.begin());
  aead_.seal(session_key_.view(), counter, {head, bound}, inside_, out.data() + head.size());
}

}  // namespace shoal::secure
