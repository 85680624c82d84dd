#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "secure/key_ring.hpp"

namespace shoal::secure {

/// A key that is the same in every run: 32 times that byte.
inline Key key_of(unsigned char byte) {
  Secret<Key::kSize> secret;
  for (std::byte& b : secret.fill()) b = std::byte{byte};
  return Key(std::move(secret));
}

template <class... Numbers>
Keys ring_of(Numbers... bytes) {
  std::vector<Key> keys;
  (keys.push_back(key_of(static_cast<unsigned char>(bytes))), ...);
  return std::make_shared<const KeyRing>(std::move(keys));
}

inline Bytes bytes_of(std::string_view text) {
  const BytesView view = as_bytes(text);
  return {view.begin(), view.end()};
}

}  // namespace shoal::secure
