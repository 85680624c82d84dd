#pragma once

#include <cstdint>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "base/bytes.hpp"
#include "metainfo/tree_dictionary.hpp"
#include "wire/extension.hpp"
#include "wire/messages.hpp"

namespace shoal {

/// Asks one peer for the info dictionary of which only the hash is known (ut_metadata, BEP 9), from
/// the handshakes on. Pure: messages go in, bytes to send come out.
class MetadataExchange {
 public:
  /// Longer dictionaries are not taken: a folder's has some 80 bytes for each file, and a hybrid
  /// one lists 20 bytes for each piece.
  static constexpr std::uint32_t kMostBytes = kMaxTreeDictionary;

  /// `fast`: the peer has the fast extension (BEP 6).
  MetadataExchange(const InfoHash& wanted, bool fast);

  /// Encoded messages; the owner writes and clears them.
  [[nodiscard]] Bytes& outbox() { return outbox_; }
  /// An error means that nothing is to be had from this peer: not_found when it has none itself,
  /// unprovable when it sent wrong bytes, bad_input when it breaks the protocol.
  [[nodiscard]] Result<void> handle(const wire::Message& message);
  /// All bytes are here, and have the hash.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] const Bytes& dictionary() const { return bytes_; }  ///< once complete()

 private:
  [[nodiscard]] Result<void> on_handshake(BytesView payload);
  [[nodiscard]] Result<void> on_metadata(BytesView payload);
  [[nodiscard]] Result<void> on_data(const wire::MetadataData& data);
  void ask();
  void send(const wire::Message& message) { wire::encode(message, outbox_); }

  InfoHash wanted_;
  Bytes outbox_;
  Bytes bytes_;
  std::uint32_t size_ = 0;      // 0: not told yet
  std::uint8_t their_id_ = 0;   // under which the peer wants our requests
  std::vector<bool> received_;  // of the pieces asked for
  std::uint32_t left_ = 0;      // pieces that are not here
  bool complete_ = false;
};

}  // namespace shoal
