#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <shoal/keys.hpp>

#include "secure/key.hpp"

namespace shoal {

/// See Keys. Never empty.
class KeyRing {
 public:
  /// Precondition: at least one.
  explicit KeyRing(std::vector<secure::Key> keys) : keys_(std::move(keys)) {}

  /// What is sealed and offered by us is so under this one.
  [[nodiscard]] const secure::Key& first() const { return keys_.front(); }
  [[nodiscard]] std::span<const secure::Key> all() const { return keys_; }
  /// Which of all().
  [[nodiscard]] std::optional<std::size_t> find(const secure::KeyId& id) const {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].id() == id) return i;
    }
    return std::nullopt;
  }

 private:
  std::vector<secure::Key> keys_;
};

}  // namespace shoal
