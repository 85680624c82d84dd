#include <algorithm>

#include <shoal/digest.hpp>

#include "base/hex.hpp"

namespace shoal {

InfoHash20 truncated(const InfoHash& hash) {
  InfoHash20 head;
  std::ranges::copy_n(hash.bytes.begin(), std::ssize(head.bytes), head.bytes.begin());
  return head;
}

std::string to_hex(const Digest& digest) {
  return to_hex(BytesView(digest.bytes));
}
std::string to_hex(const InfoHash& hash) {
  return to_hex(BytesView(hash.bytes));
}
std::string to_hex(const InfoHash20& hash) {
  return to_hex(BytesView(hash.bytes));
}

std::optional<Digest> parse_digest(std::string_view hex) {
  Digest digest;
  if (hex.size() != digest.bytes.size() * 2) return std::nullopt;
  const auto bytes = from_hex(hex);
  if (!bytes) return std::nullopt;
  std::ranges::copy(*bytes, digest.bytes.begin());
  return digest;
}

}  // namespace shoal
