#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include <shoal/error.hpp>

#include "base/bytes.hpp"
#include "secure/secret.hpp"

namespace shoal::secure {

/// Says which key is meant; derived from it and no secret.
struct KeyId {
  static constexpr std::size_t kSize = 4;
  std::array<std::byte, kSize> bytes{};

  auto operator<=>(const KeyId&) const = default;
};
[[nodiscard]] std::string to_hex(const KeyId& id);

/// What the members of a closed swarm have in common: 32 random bytes, from which everything that
/// is really used is derived.
class Key {
 public:
  static constexpr std::size_t kSize = 32;

  explicit Key(Secret<kSize> secret);
  /// A new one.
  [[nodiscard]] static Key random();
  /// The content of a key file; the error says what is wrong without quoting any of it.
  [[nodiscard]] static Result<Key> parse(std::string_view text);
  /// As a key file; whoever gets it wipes it.
  [[nodiscard]] std::string format() const;

  [[nodiscard]] const KeyId& id() const { return id_; }
  /// Bytes for one purpose, which `info` names.
  void derive(std::string_view info, MutableBytes out) const { derive({}, info, out); }
  void derive(BytesView salt, std::string_view info, MutableBytes out) const;

 private:
  Secret<kSize> secret_;
  KeyId id_;
};

}  // namespace shoal::secure
