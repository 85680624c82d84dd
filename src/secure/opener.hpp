#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include <shoal/keys.hpp>

#include "base/bytes.hpp"
#include "secure/aead.hpp"
#include "secure/sealed_datagram.hpp"
#include "secure/session_memory.hpp"

namespace shoal::secure {

/// Opens sealed datagrams of one direction, each once. It remembers a bounded number of sessions:
/// one is added only when a datagram of it has proven authentic. Pure: no I/O, no clock. One
/// thread; several that share a memory hear each datagram once together.
class Opener {
 public:
  using Sender = secure::Sender;
  struct Opened {
    Sender sender;
    BytesView plain;  ///< valid until the next open()
  };

  /// `keys`: not null.
  Opener(Keys keys, Direction direction, std::size_t most_sessions);
  Opener(Keys keys, Direction direction, std::shared_ptr<SessionMemory> memory);

  /// Nothing for what is no datagram of this direction, not authentic, bound to something else,
  /// too old, or here already; why makes no difference to anybody. What costs least is looked at
  /// first.
  [[nodiscard]] std::optional<Opened> open(BytesView sealed, BytesView bound);
  [[nodiscard]] std::size_t sessions() const { return memory_->size(); }

 private:
  [[nodiscard]] bool authentic(BytesView session_key, BytesView sealed, BytesView bound,
                               std::uint64_t counter);
  [[nodiscard]] std::optional<BytesView> content(std::size_t inside) const;

  Keys keys_;
  Direction direction_;
  std::shared_ptr<SessionMemory> memory_;
  Aead aead_;
  std::array<std::byte, kMostSealed> plain_;
};

}  // namespace shoal::secure
