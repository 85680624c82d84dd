#include "fleet/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::fleet::outbox_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Origin kSelf{7};

Endpoint host(std::uint16_t port) {
  return {*IpAddress::parse("192.0.2.1"), port};
}
Alive alive(std::uint16_t port) {
  return {host(port), Fingerprint{1}};
}
Withdrawn withdrawn(std::uint16_t port) {
  return {host(port), {}, false};
}
Registered registered(bool again) {
  Registered change;
  change.again = again;
  change.request.file.name = "a";
  return change;
}

Batch take(Outbox& outbox) {
  Bytes bytes;
  if (!outbox.take(bytes)) return {};
  return decode(bytes).value();
}

TEST(Outbox, gives_what_was_put_in_in_order_as_numbered_batches) {
  Outbox outbox(kSelf);
  EXPECT_EQ(take(outbox), Batch{});
  EXPECT_EQ(outbox.add(alive(1)), 1u);
  EXPECT_EQ(outbox.add(withdrawn(2)), 2u);
  EXPECT_EQ(outbox.add(alive(3)), 3u);
  EXPECT_EQ(take(outbox), (Batch{kSelf, 1, {}, {}, {alive(1), withdrawn(2), alive(3)}}));
  EXPECT_EQ(take(outbox), Batch{});
  outbox.add(withdrawn(4));
  EXPECT_EQ(take(outbox), (Batch{kSelf, 2, {}, {}, {withdrawn(4)}}));
}

TEST(Outbox, that_is_full_drops_the_oldest_sign_of_life_and_then_the_oldest_change) {
  Outbox outbox(kSelf, 3);
  outbox.add(withdrawn(1));
  outbox.add(alive(2));
  outbox.add(alive(3));
  outbox.add(withdrawn(4));
  outbox.add(withdrawn(5));
  EXPECT_EQ(outbox.dropped(), 2u);
  outbox.add(withdrawn(6));
  EXPECT_EQ(outbox.dropped(), 3u);
  EXPECT_EQ(outbox.waiting(), 3u);
  EXPECT_THAT(take(outbox).changes, ElementsAre(withdrawn(4), withdrawn(5), withdrawn(6)));
}

TEST(Outbox, says_which_registrations_were_read_back) {
  Outbox outbox(kSelf);
  outbox.add(alive(1));
  const Ticket first = outbox.add(registered(false));
  outbox.add(registered(true));
  const Ticket second = outbox.add(registered(false));
  (void)take(outbox);
  EXPECT_EQ(outbox.settled(), 0u);
  EXPECT_THAT(outbox.read_back(1), ElementsAre(first, second));
  EXPECT_EQ(outbox.settled(), outbox.last());
  EXPECT_THAT(outbox.read_back(1), IsEmpty());
}

TEST(Outbox, whose_batch_is_lost_goes_on_with_the_next_one) {
  Outbox outbox(kSelf);
  outbox.add(registered(false));
  (void)take(outbox);
  const Ticket next = outbox.add(registered(false));
  (void)take(outbox);
  EXPECT_THAT(outbox.read_back(2), ElementsAre(next));
  EXPECT_EQ(outbox.settled(), next);
}

TEST(Outbox, counts_the_bytes_of_what_is_told_until_they_are_read_back) {
  Outbox outbox(kSelf);
  Batch told;
  outbox.number(told, 1000);
  EXPECT_EQ(told.origin, kSelf);
  EXPECT_EQ(told.number, 1u);
  EXPECT_EQ(outbox.unread_bytes(), 1000u);
  EXPECT_THAT(outbox.read_back(1), IsEmpty());
  EXPECT_EQ(outbox.unread_bytes(), 0u);
  outbox.number(told, 1000);
  outbox.forget_unread();
  EXPECT_EQ(outbox.unread_bytes(), 0u);
}

TEST(Outbox, makes_no_batch_that_is_too_large_and_none_while_too_many_are_unread) {
  Outbox outbox(kSelf);
  Registered longest = registered(false);
  longest.request.file.name = std::string(255, 'x');
  for (int i = 0; i < 300; ++i) outbox.add(longest);
  std::size_t changes = 0;
  for (Bytes bytes; outbox.take(bytes); bytes.clear()) {
    EXPECT_LE(bytes.size(), kMaxBatch);
    changes += decode(bytes).value().changes.size();
  }
  EXPECT_EQ(changes, 300u);
  for (std::size_t i = 0; i < Outbox::kMostUnread; ++i) {
    outbox.add(alive(1));
    (void)take(outbox);
  }
  Bytes none;
  EXPECT_FALSE(outbox.take(none));
  (void)outbox.read_back(1);
  EXPECT_TRUE(outbox.take(none));
}

}  // namespace
}  // namespace shoal::fleet::outbox_test
