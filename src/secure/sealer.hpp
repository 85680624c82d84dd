#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "secure/aead.hpp"
#include "secure/sealed_datagram.hpp"

namespace shoal::secure {

/// Seals datagrams of one direction under one key, in a session of its own. Neither copied nor
/// stored, and it alone draws the session: no nonce can come twice. One thread.
class Sealer {
 public:
  Sealer(const Key& key, Direction direction);
  Sealer(Sealer&&) = default;
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  /// Replaces `out`. Whoever opens must name the same `bound`. Precondition: `plain` is no longer
  /// than a datagram may be.
  void seal(BytesView plain, BytesView bound, Bytes& out);
  [[nodiscard]] const SessionId& session() const { return session_; }

 private:
  Direction direction_;
  KeyId key_;
  SessionId session_;
  Secret<Aead::kKey> session_key_;
  std::uint64_t next_ = 0;  // at a million a second it lasts for 500,000 years
  Aead aead_;
  Bytes inside_;
};

}  // namespace shoal::secure
