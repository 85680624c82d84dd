#pragma once

#include <memory>
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

/// Who answers: the tracker. One thread each; another() is for one more thread.
class SealedTracker {
 public:
  static constexpr std::size_t kMostSessions = 65'536;  ///< of which replays are recognised

  explicit SealedTracker(const Keys& keys, std::size_t most_sessions = kMostSessions);

  /// Hears nothing that this one has heard, nor the other way round.
  [[nodiscard]] SealedTracker another() const { return {keys_, memory_}; }

  /// Opened::plain is the question; nothing for what deserves no answer.
  [[nodiscard]] std::optional<Opener::Opened> open(BytesView sealed) {
    return questions_.open(sealed, {});
  }
  /// Replaces `sealed`; under the key that was asked with.
  void seal(const Opener::Sender& asker, BytesView answer, Bytes& sealed);

 private:
  SealedTracker(const Keys& keys, std::shared_ptr<SessionMemory> memory);

  Keys keys_;
  std::shared_ptr<SessionMemory> memory_;
  Opener questions_;
  std::vector<Sealer> answers_;  // one a key, in sessions of this thread's own
};

}  // namespace shoal::secure
