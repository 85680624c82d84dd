#include "discovery/told_tracker.hpp"

#include <asio/io_context.hpp>
#include <gmock/gmock.h>

namespace shoal::discovery::told_tracker_test {
namespace {

constexpr datagram::Timing kTiming{30'000, 45'000};

FileInfo file() {
  FileInfo info{"file", 100, 16384, Digest{}};
  info.root.bytes[0] = std::byte{1};
  return info;
}

Whereabouts listening(std::string_view address, bool both = false) {
  return {.listens = *Endpoint::parse(address), .both_families = both};
}

class ToldTrackerTest : public testing::Test {
 protected:
  ToldTracker make(std::string name, const Whereabouts& where) {
    return {loop.get_executor(), std::move(name), where, {}, {}};
  }
  /// What the line asks next, which is to register the file.
  static AnnouncePlan::Register step_of(TrackerLine& line) {
    return std::get<AnnouncePlan::Register>(line.plan.next(Time{}).value());
  }
  static void refuse(ToldTracker& tracker, TrackerLine& line) {
    ASSERT_TRUE(line.plan.refused(step_of(line)));
    tracker.refused(info_hash(file()), {file(), {Errc::table_full, "full"}});
  }
  static void offer(ToldTracker& tracker) {
    for (const auto& line : tracker.lines()) line->plan.offer(file(), info_hash(file()), true);
  }

  asio::io_context loop;
  Whereabouts both = listening("[::]:7001", true);
};

TEST_F(ToldTrackerTest, a_name_is_told_in_each_family_that_we_listen_in) {
  EXPECT_EQ(make("t.test:6000", both).lines().size(), 2u);
  EXPECT_EQ(make("t.test:6000", listening("0.0.0.0:7001")).lines().size(), 1u);
  EXPECT_EQ(make("t.test:6000", listening("[::]:7001")).lines().size(), 1u);
}

TEST_F(ToldTrackerTest, an_address_is_told_in_its_family_and_asked_by_the_same_client) {
  for (const char* name : {"192.0.2.1:6000", "[2001:db8::1]:6000", "[fe80::1%eth0]:6000"}) {
    ToldTracker tracker = make(name, both);
    ASSERT_EQ(tracker.lines().size(), 1u) << name;
    EXPECT_EQ(tracker.lines()[0]->client, tracker.asked()) << name;
  }
  ToldTracker from_one = make("192.0.2.1:6000", listening("127.0.0.1:7001"));
  EXPECT_NE(from_one.lines()[0]->client, from_one.asked()) << "questions go out from anywhere";
}

TEST_F(ToldTrackerTest, each_line_says_an_address_of_its_family) {
  both.said = {*Endpoint::parse("[2001:db8::7]:1"), *Endpoint::parse("192.0.2.7:2")};
  ToldTracker tracker = make("t.test:6000", both);
  EXPECT_EQ(tracker.lines()[0]->said, Endpoint::parse("192.0.2.7:2"));
  EXPECT_EQ(tracker.lines()[1]->said, Endpoint::parse("[2001:db8::7]:1"));
}

TEST_F(ToldTrackerTest, is_silent_when_all_lines_are_and_says_what_tells_most) {
  ToldTracker tracker = make("t.test:6000", both);
  EXPECT_FALSE(tracker.is_back()) << "it was not away";
  tracker.lines()[0]->silence = Error{Errc::not_found, "no IPv4 address"};
  EXPECT_FALSE(tracker.fell_silent());
  tracker.lines()[1]->silence = Error{Errc::no_tracker, "no answer"};
  EXPECT_EQ(tracker.fell_silent(), (Error{Errc::no_tracker, "no answer"}));
  EXPECT_FALSE(tracker.fell_silent()) << "told once";
  EXPECT_FALSE(tracker.is_back());
  tracker.lines()[1]->silence.reset();
  EXPECT_TRUE(tracker.is_back());
  EXPECT_FALSE(tracker.is_back()) << "told once";
}

TEST_F(ToldTrackerTest, a_file_refused_in_both_families_is_refused_once) {
  ToldTracker tracker = make("t.test:6000", both);
  offer(tracker);
  refuse(tracker, *tracker.lines()[0]);
  EXPECT_TRUE(tracker.refusals().empty()) << "the other one may take it";
  refuse(tracker, *tracker.lines()[1]);
  EXPECT_EQ(tracker.refusals().size(), 1u);
  EXPECT_TRUE(tracker.refusals().empty());
}

TEST_F(ToldTrackerTest, a_file_that_one_family_takes_is_not_refused) {
  ToldTracker tracker = make("t.test:6000", both);
  offer(tracker);
  refuse(tracker, *tracker.lines()[0]);
  TrackerLine& other = *tracker.lines()[1];
  ASSERT_TRUE(other.plan.registered(step_of(other), kTiming, Time{}));
  EXPECT_TRUE(tracker.refusals().empty());
}

TEST_F(ToldTrackerTest, a_file_refused_where_the_other_family_is_silent_is_refused) {
  ToldTracker tracker = make("t.test:6000", both);
  offer(tracker);
  tracker.lines()[1]->silence = Error{Errc::no_tracker, "no answer"};
  refuse(tracker, *tracker.lines()[0]);
  EXPECT_EQ(tracker.refusals().size(), 1u);
}

}  // namespace
}  // namespace shoal::discovery::told_tracker_test
