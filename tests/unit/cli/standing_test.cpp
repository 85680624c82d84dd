#include "cli/standing.hpp"

#include <gmock/gmock.h>

#include "cli/columns.hpp"

namespace shoal::cli::standing_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

SessionStatus sharing(std::size_t torrents, std::size_t peers, std::uint64_t sent) {
  SessionStatus totals;
  totals.torrents = torrents;
  totals.connections = peers;
  totals.totals.sent = sent;
  return totals;
}

TEST(Growth, is_nothing_at_the_first_look) {
  Growth growth;
  EXPECT_EQ(growth.look(1'000, Time{}), 0);
  EXPECT_EQ(growth.look(2'000, Time{}), 0) << "at the same moment";
}

TEST(Growth, is_the_mean_of_the_last_looks) {
  Growth growth;
  growth.look(0, Time{});
  EXPECT_EQ(growth.look(100, Time{1s}), 100);
  EXPECT_EQ(growth.look(400, Time{2s}), 200);
}

TEST(Growth, forgets_what_was_long_ago) {
  Growth growth;
  growth.look(0, Time{});
  growth.look(1'000'000, Time{1s});
  for (int i = 2; i < 5; ++i) growth.look(1'000'000, Time{i * 1s});
  EXPECT_EQ(growth.look(1'000'000, Time{5s}), 0);
}

TEST(SessionStanding, is_silent_while_nothing_is_shared) {
  SessionStanding standing;
  EXPECT_THAT(standing.look(sharing(0, 0, 0), Time{}), IsEmpty());
}

TEST(SessionStanding, tells_files_and_peers_and_what_moves) {
  SessionStanding standing;
  EXPECT_THAT(standing.look(sharing(1, 1, 0), Time{}), ElementsAre("Offering 1 name", "1 peer"));
  EXPECT_THAT(standing.look(sharing(3, 2, 2 << 20), Time{1s}),
              ElementsAre("Offering 3 names", "2 peers", "2.0 MiB/s up", "2.0 MiB sent"));
}

TEST(SessionStanding, tells_what_was_sent_when_nothing_moves_any_more) {
  SessionStanding standing;
  for (int i = 0; i < 5; ++i) (void)standing.look(sharing(1, 0, 2 << 20), Time{i * 1s});
  EXPECT_THAT(standing.look(sharing(1, 0, 2 << 20), Time{5s}),
              ElementsAre("Offering 1 name", "0 peers", "2.0 MiB sent"));
}

TEST(TrackerStanding, tells_files_peers_and_requests) {
  TrackerStanding standing;
  EXPECT_THAT(standing.look({2, 3, 10, 0}, Time{}),
              ElementsAre("2 files", "3 peers", "0 requests a second"));
  EXPECT_THAT(standing.look({2, 3, 11, 0}, Time{1s}),
              ElementsAre("2 files", "3 peers", "1 request a second"));
}

TEST(StandingLine, has_as_many_facts_as_there_is_room_for) {
  const std::vector<std::string> facts{"Offering 3 names", "2 peers", "2.0 MiB sent"};
  EXPECT_EQ(standing_line(facts, 80), "Offering 3 names, 2 peers, 2.0 MiB sent  ");
  EXPECT_EQ(standing_line(facts, 42), "Offering 3 names, 2 peers, 2.0 MiB sent  ");
  EXPECT_EQ(standing_line(facts, 40), "Offering 3 names, 2 peers, 2.0 MiB sent");
  EXPECT_EQ(standing_line(facts, 39), "Offering 3 names, 2 peers  ");
  EXPECT_EQ(standing_line(facts, 17), "Offering 3 names");
}

TEST(StandingLine, never_takes_the_last_column) {
  const std::vector<std::string> facts{"Offering 3 names", "2 peers"};
  for (std::size_t width = 0; width < 60; ++width)
    EXPECT_LE(columns(standing_line(facts, width)), std::max(width, 1uz) - 1) << width;
  EXPECT_EQ(standing_line({}, 80), "");
}

}  // namespace
}  // namespace shoal::cli::standing_test
