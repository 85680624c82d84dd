#pragma once

#include <optional>
#include <vector>

#include <shoal/keys.hpp>

#include "base/bytes.hpp"
#include "secure/opener.hpp"
#include "secure/sealer.hpp"

/// The two ends of a tracker conversation in a closed swarm. An answer is bound to the session that
/// asked: nobody else can open it.
namespace shoal::secure {

/// Who asks. For one tracker.
class SealedClient {
 public:
  explicit SealedClient(const Keys& keys);

  /// Replaces `sealed`.
  void seal(BytesView question, Bytes& sealed);
  /// Nothing for what is no answer to us. Valid until the next open().
  [[nodiscard]] std::optional<BytesView> open(BytesView sealed);

 private:
  Sealer questions_;
  Opener answers_;
};

/// Who answers: the tracker.
class SealedTracker {
 public:
  static constexpr std::size_t kMostSessions = 65'536;  ///< of which replays are recognised

  explicit SealedTracker(const Keys& keys, std::size_t most_sessions = kMostSessions);

  /// Opened::plain is the question; nothing for what deserves no answer.
  [[nodiscard]] std::optional<Opener::Opened> open(BytesView sealed) {
    return questions_.open(sealed, {});
  }
  /// Replaces `sealed`; under the key that was asked with.
  void seal(const Opener::Sender& asker, BytesView answer, Bytes& sealed);

 private:
  Opener questions_;
  std::vector<Sealer> answers_;  // one a key
};

}  // namespace shoal::secure
