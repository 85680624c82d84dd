#include "cli/offers.hpp"

#include <gtest/gtest.h>

namespace shoal::cli::offers_test {
namespace {

Event seeding(const char* name) {
  return event::Seeding{FileInfo{.name = name, .root = {}}};
}
Event refused(const char* name, Errc why) {
  return event::Refused{name, {why, "x"}};
}

TEST(Offers, without_any_file_are_bad_usage) {
  const Offers offers(1);
  EXPECT_TRUE(offers.none_left());
  EXPECT_EQ(offers.code(), ExitCode::usage);
}

TEST(Offers, wait_for_a_file_that_is_being_hashed) {
  Offers offers(1);
  offers.add("dir/a");
  EXPECT_FALSE(offers.none_left());
  offers.take(seeding("a"));
  EXPECT_FALSE(offers.none_left());
}

TEST(Offers, a_torrent_file_stands_for_the_file_that_it_describes) {
  Offers offers(1);
  offers.add("dir/a.torrent");
  offers.take(seeding("a"));
  offers.take(refused("a", Errc::conflict));
  EXPECT_TRUE(offers.none_left());
  EXPECT_EQ(offers.code(), ExitCode::conflict);
}

TEST(Offers, end_when_the_only_file_is_missing) {
  Offers offers(2);
  offers.add("dir/a");
  offers.take(refused("dir/a", Errc::io));
  EXPECT_TRUE(offers.none_left());
  EXPECT_EQ(offers.code(), ExitCode::failed);
}

TEST(Offers, go_on_until_every_tracker_has_refused) {
  Offers offers(2);
  offers.add("a");
  offers.take(seeding("a"));
  offers.take(refused("a", Errc::conflict));
  EXPECT_FALSE(offers.none_left());
  offers.take(refused("a", Errc::conflict));
  EXPECT_TRUE(offers.none_left());
  EXPECT_EQ(offers.code(), ExitCode::conflict);
}

TEST(Offers, go_on_when_one_of_two_files_is_refused) {
  Offers offers(1);
  offers.add("a");
  offers.add("b");
  offers.take(seeding("a"));
  offers.take(refused("b", Errc::io));
  EXPECT_FALSE(offers.none_left());
}

TEST(Offers, keep_a_file_when_a_second_one_of_the_same_name_is_refused) {
  Offers offers(1);
  offers.add("dir/a");
  offers.add("a");
  offers.take(seeding("a"));
  offers.take(refused("a", Errc::conflict));
  EXPECT_FALSE(offers.none_left());
}

TEST(Offers, end_with_a_file_that_was_given_up) {
  Offers offers(1);
  offers.add("a");
  offers.take(seeding("a"));
  offers.take(event::Failed{"other", {Errc::io, "x"}});
  EXPECT_FALSE(offers.none_left());
  offers.take(event::Failed{"a", {Errc::unprovable, "x"}});
  EXPECT_TRUE(offers.none_left());
  EXPECT_EQ(offers.code(), ExitCode::conflict);
}

}  // namespace
}  // namespace shoal::cli::offers_test
