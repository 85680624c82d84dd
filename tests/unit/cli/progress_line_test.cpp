#include "cli/progress_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/columns.hpp"

namespace shoal::cli::progress_line_test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kMiB = 1 << 20;

ProgressView half_way(std::string label) {
  return {.label = std::move(label),
          .bytes = 500 * kMiB,
          .length = 1000 * kMiB,
          .rate = 100.0 * kMiB,
          .peers = 3};
}

TEST(Percent, is_100_only_when_nothing_is_missing) {
  EXPECT_EQ(percent(0, 100), 0U);
  EXPECT_EQ(percent(1'999'999'999'999, 2'000'000'000'000), 99U);
  EXPECT_EQ(percent(std::uint64_t{1} << 63, (std::uint64_t{1} << 63) + 1), 99U);
  EXPECT_EQ(percent(5, 5), 100U);
  EXPECT_EQ(percent(0, 0), 100U);
}

TEST(ProgressLine, shows_everything_where_there_is_room) {
  const std::string line = progress_line(half_way("big.iso"), 100);
  EXPECT_THAT(line, HasSubstr("big.iso"));
  EXPECT_THAT(line, HasSubstr("[====="));
  EXPECT_THAT(line, HasSubstr("50 %"));
  EXPECT_THAT(line, HasSubstr("100 MiB/s"));
  EXPECT_THAT(line, HasSubstr("3 peers"));
  EXPECT_THAT(line, HasSubstr("5 s left"));
}

TEST(ProgressLine, says_what_holds_it_only_where_there_is_room_for_all_else) {
  ProgressView view = half_way("big.iso");
  view.held = "the disk (90 %)";
  EXPECT_THAT(progress_line(view, 100), HasSubstr("held by the disk (90 %)"));
  EXPECT_THAT(progress_line(view, 60), Not(HasSubstr("held by")));
  EXPECT_THAT(progress_line(view, 60), HasSubstr("5 s left"));
}

TEST(ProgressLine, fits_every_width_from_20_to_200_and_always_shows_the_percentage) {
  for (const char* label :
       {"big.iso", "文件文件文件文件文件文件文件文件文件文件文件.iso", "🐟", "",
        "a-very-long-name-that-no-terminal-of-eighty-columns-shows-as-a-whole-because-it-is-"
        "more-than-a-hundred-and-twenty-characters-long.tar.gz"}) {
    for (std::size_t width = 20; width <= 200; ++width) {
      const std::string line = progress_line(half_way(label), width);
      EXPECT_LT(columns(line), width) << line;
      EXPECT_THAT(line, HasSubstr("50 %")) << width;
      EXPECT_EQ(printable(line), line);
    }
  }
}

TEST(ProgressLine, survives_terminals_of_no_width) {
  for (std::size_t width = 0; width < 20; ++width) {
    EXPECT_LE(columns(progress_line(half_way("big.iso"), width)), width);
  }
}

TEST(ProgressLine, leaves_out_the_peers_first_and_the_rate_last) {
  const std::string narrow = progress_line(half_way("big.iso"), 40);
  EXPECT_THAT(narrow, Not(HasSubstr("peers")));
  EXPECT_THAT(narrow, HasSubstr("MiB/s"));
}

TEST(ProgressLine, fills_the_bar_with_the_bytes) {
  ProgressView view{.label = "a", .bytes = 0, .length = 100, .rate = 0, .peers = std::nullopt};
  EXPECT_THAT(progress_line(view, 30), HasSubstr("[>    "));
  view.bytes = 100;
  EXPECT_THAT(progress_line(view, 30), HasSubstr("====]"));
  EXPECT_THAT(progress_line(view, 30), HasSubstr("100 %"));
}

TEST(ProgressLine, promises_no_end_while_nothing_moves) {
  ProgressView view = half_way("a");
  view.rate = 0;
  EXPECT_THAT(progress_line(view, 100), Not(HasSubstr("left")));
  view.rate = 1e-9;
  EXPECT_THAT(progress_line(view, 100), Not(HasSubstr("left")));
}

const std::string kWhy = "0 of 3 peers: 2 refuse the connection, 1 does not answer";
constexpr KnownPeers kTrouble{.known = 3, .refused = 2, .silent = 1};

TEST(ProgressLine, says_why_there_are_no_peers_where_there_is_room) {
  const ProgressView view{.label = "big.iso", .length = 100, .peers = 0, .alone = kTrouble};
  EXPECT_THAT(progress_line(view, 80), HasSubstr(kWhy));
  EXPECT_THAT(progress_line(view, 32), HasSubstr("  0 of 3 peers"));
  EXPECT_EQ(plain_progress(view), "big.iso: 0 % of 100 bytes, " + kWhy);
}

TEST(ProgressLine, says_as_many_reasons_as_there_is_room_for) {
  const ProgressView view{
      .label = "big-install-image.iso",
      .length = 100,
      .rate = 1 << 20,
      .peers = 0,
      .alone =
          KnownPeers{.known = 7, .refused = 2, .unreachable = 1, .silent = 1, .no_handshake = 1}};
  EXPECT_THAT(progress_line(view, 80),
              HasSubstr("0 of 7 peers: 2 refuse the connection, 1 cannot be reached, ..."));
  EXPECT_THAT(progress_line(view, 100),
              HasSubstr("2 refuse the connection, 1 cannot be reached, 1 does not answer, ..."));
  EXPECT_THAT(progress_line(view, 50), EndsWith("  0 of 7 peers"));
  EXPECT_THAT(progress_line(view, 150), HasSubstr("but not as a peer that has the file"));
  for (std::size_t width = 1; width <= 160; ++width) {
    EXPECT_LT(columns(progress_line(view, width)), width);
  }
}

TEST(ProgressLine, does_not_tell_half_a_reason) {
  const ProgressView view{
      .label = "a", .length = 100, .peers = 0, .alone = KnownPeers{.known = 1, .no_handshake = 1}};
  EXPECT_THAT(progress_line(view, 60), EndsWith("  0 of 1 peer"));
}

TEST(ProgressLine, says_why_there_are_no_peers_rather_than_how_fast_it_was) {
  const ProgressView view{.label = "a-film-with-a-rather-long-name.bin",
                          .bytes = 50,
                          .length = 100,
                          .rate = 1 << 20,
                          .here = 50,
                          .peers = 0,
                          .alone = kTrouble};
  for (const std::size_t width : {75u, 80u, 100u, 120u, 150u}) {
    const std::string line = progress_line(view, width);
    EXPECT_THAT(line, HasSubstr(kWhy)) << width;
    EXPECT_LT(columns(line), width);
  }
}

TEST(PlainProgress, is_a_sentence) {
  EXPECT_EQ(plain_progress(half_way("big.iso")),
            "big.iso: 50 % of 1000 MiB, 100 MiB/s, 3 peers, 5 s left");
}

}  // namespace
}  // namespace shoal::cli::progress_line_test
