#include "secure/sealed_talk.hpp"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "unit/secure/keys_for_tests.hpp"

namespace shoal::secure::sealed_talk_test {
namespace {

std::string text(std::optional<BytesView> plain) {
  return plain ? std::string(as_text(*plain)) : "(nothing)";
}

class SealedTalk : public testing::Test {
 protected:
  static Bytes ask(SealedClient& client, std::string_view question) {
    Bytes sealed;
    client.seal(as_bytes(question), sealed);
    return sealed;
  }
  std::string hear(const Bytes& sealed) { return hear(tracker, sealed); }
  static std::string hear(SealedTracker& who, const Bytes& sealed) {
    const auto opened = who.open(sealed);
    return opened ? std::string(as_text(opened->plain)) : "(nothing)";
  }
  Bytes answer(const Bytes& question, std::string_view reply) {
    const auto opened = tracker.open(question);
    Bytes sealed;
    if (opened) tracker.seal(opened->sender, as_bytes(reply), sealed);
    return sealed;
  }

  SealedTracker tracker{ring_of(1)};
  SealedClient client{ring_of(1)};
};

TEST_F(SealedTalk, carries_a_question_and_its_answer) {
  const Bytes reply = answer(ask(client, "who has big.iso?"), "192.0.2.1 has");
  EXPECT_EQ(text(client.open(reply)), "192.0.2.1 has");
}

TEST_F(SealedTalk, carries_nothing_and_the_longest_datagram) {
  EXPECT_EQ(hear(ask(client, "")), "");
  const std::string longest(1200, 'x');
  EXPECT_EQ(hear(ask(client, longest)), longest);
}

TEST_F(SealedTalk, shows_neither_the_words_nor_how_long_they_are) {
  const std::string name = "secret-plans.pdf";
  const Bytes sealed = ask(client, name);
  EXPECT_EQ(as_text(sealed).find(name.substr(0, 6)), std::string::npos);
  EXPECT_EQ(ask(client, "a").size(), ask(client, std::string(kPadding - kLengthField, 'a')).size());
}

TEST_F(SealedTalk, means_nothing_under_another_key) {
  SealedClient stranger(ring_of(2));
  EXPECT_EQ(hear(ask(stranger, "hello")), "(nothing)");
  // Nor when the stranger claims our key's id.
  Bytes claims = ask(stranger, "hello");
  const Bytes ours = ask(client, "hello");
  std::copy_n(ours.begin() + 1, KeyId::kSize, claims.begin() + 1);
  EXPECT_EQ(hear(claims), "(nothing)");
  EXPECT_FALSE(tracker.open(as_bytes("plain words")));
}

TEST_F(SealedTalk, is_answered_under_the_key_that_was_asked_with) {
  SealedTracker both(ring_of(2, 1));
  SealedClient old(ring_of(1));
  SealedClient rolled(ring_of(2));
  SealedClient rolling(ring_of(1, 2));
  for (SealedClient* each : {&old, &rolled, &rolling}) {
    const auto opened = both.open(ask(*each, "hello"));
    ASSERT_TRUE(opened);
    Bytes reply;
    both.seal(opened->sender, as_bytes("welcome"), reply);
    EXPECT_EQ(text(each->open(reply)), "welcome");
  }
}

// While a key is rolled, whoever has the old one only is no tracker for those who use the new one.
TEST_F(SealedTalk, is_not_answered_under_another_key_than_it_was_asked_with) {
  SealedClient rolled(ring_of(2, 1));
  Sealer old(key_of(1), Direction::answer);
  const Bytes question = ask(rolled, "hello");
  const BytesView asker = BytesView(question).subspan(1 + KeyId::kSize, SessionId::kSize);
  Bytes forged;
  old.seal(as_bytes("come to me"), asker, forged);
  EXPECT_EQ(text(rolled.open(forged)), "(nothing)");
}

TEST_F(SealedTalk, is_heard_once) {
  const Bytes question = ask(client, "hello");
  const Bytes reply = answer(question, "welcome");
  EXPECT_EQ(hear(question), "(nothing)");
  EXPECT_EQ(text(client.open(reply)), "welcome");
  EXPECT_EQ(text(client.open(reply)), "(nothing)");
}

TEST_F(SealedTalk, may_come_in_any_order) {
  std::vector<Bytes> questions;
  for (int i = 0; i < 100; ++i) questions.push_back(ask(client, std::to_string(i)));
  for (int i = 99; i >= 0; --i) {
    EXPECT_EQ(hear(questions[static_cast<std::size_t>(i)]), std::to_string(i));
  }
}

TEST_F(SealedTalk, with_any_bit_flipped_or_any_end_missing_means_nothing) {
  EXPECT_EQ(hear(ask(client, "first")), "first");  // the session is known
  const Bytes sealed = ask(client, "hello");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes flipped = sealed;
      flipped[i] ^= std::byte(1 << bit);
      ASSERT_EQ(hear(flipped), "(nothing)") << "byte " << i << " bit " << bit;
    }
    ASSERT_EQ(hear(Bytes(sealed.begin(), sealed.begin() + static_cast<long>(i))), "(nothing)");
  }
  Bytes longer = sealed;
  longer.resize(longer.size() + 1);
  EXPECT_EQ(hear(longer), "(nothing)");
  for (const std::size_t size : {kMostSealed + 1, 64 * kMostSealed}) {
    longer.resize(size);
    EXPECT_EQ(hear(longer), "(nothing)");
  }
  EXPECT_EQ(hear(sealed), "hello") << "what was refused has used nothing up";
}

TEST_F(SealedTalk, reflected_means_nothing_to_who_sent_it) {
  const Bytes question = ask(client, "hello");
  EXPECT_EQ(text(client.open(question)), "(nothing)");
  Bytes turned = question;
  turned[0] = static_cast<std::byte>(Direction::answer);
  EXPECT_EQ(text(client.open(turned)), "(nothing)");

  Bytes reply = answer(question, "welcome");
  EXPECT_EQ(hear(reply), "(nothing)");
  reply[0] = static_cast<std::byte>(Direction::question);
  EXPECT_EQ(hear(reply), "(nothing)");
}

TEST_F(SealedTalk, answer_is_for_who_asked_and_nobody_else) {
  SealedClient other(ring_of(1));
  const Bytes reply = answer(ask(client, "hello"), "welcome");
  EXPECT_EQ(text(other.open(reply)), "(nothing)");
  EXPECT_EQ(text(client.open(reply)), "welcome");
}

// A key and a nonce meet once: the nonce is a counter of the session, and no start shares a session
// with another, be it with the same key, the same words and from the beginning.
TEST_F(SealedTalk, never_uses_a_nonce_twice_across_restarts) {
  std::set<Bytes> sessions;
  std::set<Bytes> ciphertexts;
  for (int start = 0; start < 200; ++start) {
    SealedClient again(ring_of(1));
    SealedTracker tracker_again(ring_of(1));
    const Bytes question = ask(again, "hello");
    const auto opened = tracker_again.open(question);
    ASSERT_TRUE(opened);
    Bytes reply;
    tracker_again.seal(opened->sender, as_bytes("hello"), reply);
    for (const Bytes& sealed : {question, reply}) {
      const auto session = sealed.begin() + 1 + KeyId::kSize;
      sessions.insert(Bytes(session, session + SessionId::kSize));
      ciphertexts.insert(Bytes(sealed.begin() + kSealedHead, sealed.end()));
    }
  }
  EXPECT_EQ(sessions.size(), 400u);
  EXPECT_EQ(ciphertexts.size(), 400u);
}

TEST_F(SealedTalk, counts_up_within_a_start) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto head = decode_sealed_head(Direction::question, ask(client, "hello"));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->counter, i);
  }
}

TEST_F(SealedTalk, tracker_started_again_is_understood_and_old_answers_stay_refused) {
  const Bytes before = answer(ask(client, "hello"), "before");
  EXPECT_EQ(text(client.open(before)), "before");
  SealedTracker again(ring_of(1));
  const auto opened = again.open(ask(client, "hello"));
  ASSERT_TRUE(opened);
  Bytes after;
  again.seal(opened->sender, as_bytes("after"), after);
  EXPECT_EQ(text(client.open(after)), "after");
  EXPECT_EQ(text(client.open(before)), "(nothing)");
}

TEST_F(SealedTalk, is_heard_by_one_of_the_threads_of_a_tracker) {
  SealedTracker other = tracker.another();
  const Bytes first = ask(client, "one"), second = ask(client, "two");
  EXPECT_EQ(hear(other, first), "one");
  EXPECT_EQ(hear(first), "(nothing)");
  EXPECT_EQ(hear(second), "two");
  EXPECT_EQ(hear(other, second), "(nothing)");
  const auto opened = other.open(ask(client, "three"));
  ASSERT_TRUE(opened);
  Bytes reply;
  other.seal(opened->sender, as_bytes("four"), reply);
  EXPECT_EQ(text(client.open(reply)), "four");
  EXPECT_EQ(text(client.open(answer(ask(client, "five"), "six"))), "six");
}

TEST_F(SealedTalk, is_heard_once_whatever_number_of_threads_get_it_at_once) {
  std::vector<Bytes> questions;
  for (int i = 0; i < 500; ++i) questions.push_back(ask(client, std::to_string(i)));
  std::atomic<int> heard = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, mine = tracker.another()]() mutable {
        for (const Bytes& one : questions) heard += mine.open(one) ? 1 : 0;
      });
  }
  EXPECT_EQ(heard, 500);
}

TEST_F(SealedTalk, of_a_length_that_nobody_seals_is_not_looked_at) {
  Bytes longer = ask(client, "hello"), shorter = longer;
  longer.push_back(std::byte{});
  shorter.pop_back();
  EXPECT_FALSE(decode_sealed_head(Direction::question, longer));
  EXPECT_FALSE(decode_sealed_head(Direction::question, shorter));
  EXPECT_TRUE(decode_sealed_head(Direction::question, ask(client, "hello")));
}

TEST(Opener, remembers_so_many_sessions_and_only_authentic_ones) {
  constexpr std::size_t kMost = 10;
  Opener opener(ring_of(1), Direction::question, kMost);
  Sealer first(key_of(1), Direction::question);
  Bytes oldest;
  first.seal(as_bytes("oldest"), {}, oldest);
  EXPECT_TRUE(opener.open(oldest, {}));
  for (std::size_t i = 0; i < 3 * kMost; ++i) {
    Sealer stranger(key_of(2), Direction::question);
    Bytes sealed;
    stranger.seal(as_bytes("let me in"), {}, sealed);
    std::copy_n(oldest.begin() + 1, KeyId::kSize, sealed.begin() + 1);
    EXPECT_FALSE(opener.open(sealed, {}));
  }
  EXPECT_EQ(opener.sessions(), 1u);
  EXPECT_FALSE(opener.open(oldest, {}));

  for (std::size_t i = 0; i < 3 * kMost; ++i) {
    Sealer member(key_of(1), Direction::question);
    Bytes sealed;
    member.seal(as_bytes("hello"), {}, sealed);
    EXPECT_TRUE(opener.open(sealed, {}));
    Bytes again;
    first.seal(as_bytes("still here"), {}, again);  // so it is not the one that was silent longest
    EXPECT_TRUE(opener.open(again, {}));
  }
  EXPECT_EQ(opener.sessions(), kMost);
  EXPECT_FALSE(opener.open(oldest, {}));
}

// A member can seal whatever it likes.
TEST(Opener, takes_no_datagram_that_claims_to_be_longer_than_it_is) {
  Opener opener(ring_of(1), Direction::question, 4);
  Aead aead;
  SealedHead head{key_of(1).id(), {}, 0};
  Secret<Aead::kKey> key;
  derive_session_key(key_of(1), Direction::question, head.session, key);
  const auto opens = [&](std::uint16_t claimed) {
    Bytes inside(kPadding);
    store_be(claimed, inside.data());
    const auto outside = encode(Direction::question, head);
    Bytes sealed(outside.begin(), outside.end());
    sealed.resize(sealed.size() + inside.size() + Aead::kTag);
    aead.seal(key.view(), head.counter++, {outside}, inside, sealed.data() + outside.size());
    return opener.open(sealed, {}).has_value();
  };
  EXPECT_TRUE(opens(kPadding - kLengthField));
  EXPECT_FALSE(opens(kPadding - kLengthField + 1));
  EXPECT_FALSE(opens(0xFFFF));
}

TEST(Opener, takes_only_what_is_bound_to_the_same) {
  Opener opener(ring_of(1), Direction::answer, 4);
  Sealer sealer(key_of(1), Direction::answer);
  Bytes sealed;
  sealer.seal(as_bytes("hello"), as_bytes("you"), sealed);
  EXPECT_FALSE(opener.open(sealed, as_bytes("me")));
  EXPECT_FALSE(opener.open(sealed, {}));
  EXPECT_TRUE(opener.open(sealed, as_bytes("you")));
}

}  // namespace
}  // namespace shoal::secure::sealed_talk_test
