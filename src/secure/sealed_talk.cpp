#include "secure/sealed_talk.hpp"

#include <utility>

#include "secure/key_ring.hpp"

namespace shoal::secure {
namespace {

constexpr std::size_t kTrackerStarts =
    16;                           // of one tracker, whose answers may still be on their way
constexpr std::size_t kOurs = 0;  // the key that we ask with: an answer is sealed under the same

}  // namespace

SealedClient::SealedClient(const Keys& keys)
    : questions_(keys->first(), Direction::question),
      answers_(keys, Direction::answer, kTrackerStarts) {}

void SealedClient::seal(BytesView question, Bytes& sealed) {
  questions_.seal(question, {}, sealed);
}

std::optional<BytesView> SealedClient::open(BytesView sealed) {
  const auto opened = answers_.open(sealed, questions_.session().bytes);
  if (!opened || opened->sender.key != kOurs) return std::nullopt;
  return opened->plain;
}

SealedTracker::SealedTracker(const Keys& keys, std::size_t most_sessions)
    : SealedTracker(keys, std::make_shared<SessionMemory>(most_sessions)) {}

SealedTracker::SealedTracker(const Keys& keys, std::shared_ptr<SessionMemory> memory)
    : keys_(keys), memory_(std::move(memory)), questions_(keys, Direction::question, memory_) {
  for (const Key& key : keys->all()) answers_.emplace_back(key, Direction::answer);
}

void SealedTracker::seal(const Opener::Sender& asker, BytesView answer, Bytes& sealed) {
  answers_[asker.key].seal(answer, asker.session.bytes, sealed);
}

}  // namespace shoal::secure
