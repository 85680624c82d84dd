#include "base/units.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

namespace shoal::units_test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

TEST(ParseDuration, reads_each_unit) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(ParseDuration, refuses_anything_else_and_says_how_to_write_it) {
  for (const std::string& text : {""s, "30"s, "s"s, "-1s"s, "+1s"s, "1.5h"s, "1 s"s, " 1s"s, "1s "s,
                                  "1S"s, "1d"s, "1s\0"s, "1h30m"s, "99999999999999999999s"s}) {
    const auto refused = parse_duration(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Errc::bad_input);
    EXPECT_THAT(refused.error().message, HasSubstr("such as 30s"));
  }
}

TEST(ParseDuration, refuses_what_no_clock_could_add) {
  EXPECT_EQ(parse_duration("10000h"), std::chrono::hours(10'000));
  EXPECT_EQ(parse_duration("36000000000ms"), std::chrono::hours(10'000));
  EXPECT_FALSE(parse_duration("36000000001ms"));
  EXPECT_FALSE(parse_duration("18446744073709551615h"));
  EXPECT_THAT(parse_duration("10001h").error().message, HasSubstr("10000h"));
}

TEST(ParseDuration, message_does_not_echo_controls_or_endless_input) {
  const auto refused = parse_duration("\x1b[2J" + std::string(10'000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_LT(refused.error().message.size(), 200u);
  EXPECT_THAT(refused.error().message, Not(HasSubstr("\x1b")));
}

TEST(ParseSize, reads_powers_of_1024_in_all_spellings) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("512"), 512u);
  EXPECT_EQ(parse_size("512B"), 512u);
  for (const char* text : {"64K", "64k", "64KB", "64KiB", "64kib"}) {
    EXPECT_EQ(parse_size(text), 65536u) << text;
  }
  EXPECT_EQ(parse_size("10M"), 10u << 20);
  EXPECT_EQ(parse_size("2G"), std::uint64_t{2} << 30);
  EXPECT_EQ(parse_size("1T"), std::uint64_t{1} << 40);
}

TEST(ParseSize, refuses_anything_else_and_says_how_to_write_it) {
  for (const std::string& text : {""s, "K"s, "-1"s, "+1"s, "1.5G"s, "1 K"s, "1P"s, "1iB"s, "1KiBB"s,
                                  "1Ki"s, "0x10"s, "1K\0"s}) {
    const auto refused = parse_size(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Errc::bad_input);
    EXPECT_THAT(refused.error().message, HasSubstr("such as 10M"));
  }
}

TEST(ParseSize, refuses_what_would_overflow) {
  EXPECT_EQ(parse_size("18446744073709551615"), kMost);
  EXPECT_FALSE(parse_size("18446744073709551616"));
  EXPECT_EQ(parse_size("16777215T"), std::uint64_t{16777215} << 40);
  EXPECT_FALSE(parse_size("16777216T"));
}

TEST(FormatSize, is_short_and_exact_enough) {
  EXPECT_EQ(format_size(0), "0 bytes");
  EXPECT_EQ(format_size(1), "1 byte");
  EXPECT_EQ(format_size(17), "17 bytes");
  EXPECT_EQ(format_size(1023), "1023 bytes");
  EXPECT_EQ(format_size(1024), "1.0 KiB");
  EXPECT_EQ(format_size(312 * 1024), "312 KiB");
  EXPECT_EQ(format_size(1503238554), "1.4 GiB");
  EXPECT_EQ(format_size(kMost), "16 EiB");
}

TEST(FormatSize, rounds_into_the_next_unit) {
  EXPECT_EQ(format_size((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(format_size(1023 * 1024), "1023 KiB");
  EXPECT_EQ(format_size(10 * 1024 - 1), "10 KiB");
}

TEST(FormatRate, is_a_size_per_second_whatever_it_is_given) {
  EXPECT_EQ(format_rate(118.0 * 1024 * 1024), "118 MiB/s");
  EXPECT_EQ(format_rate(0.4), "0 bytes/s");
  EXPECT_EQ(format_rate(-5), "0 bytes/s");
  EXPECT_EQ(format_rate(std::nan("")), "0 bytes/s");
  EXPECT_THAT(format_rate(std::numeric_limits<double>::infinity()), HasSubstr("PiB/s"));
}

TEST(FormatDuration, shows_the_two_largest_units) {
  EXPECT_EQ(format_duration(0ms), "0 s");
  EXPECT_EQ(format_duration(-3s), "0 s");
  EXPECT_EQ(format_duration(350ms), "350 ms");
  EXPECT_EQ(format_duration(1234ms), "1.2 s");
  EXPECT_EQ(format_duration(5s), "5 s");
  EXPECT_EQ(format_duration(9999ms), "9.9 s");
  EXPECT_EQ(format_duration(10s), "10 s");
  EXPECT_EQ(format_duration(125s), "2 min 05 s");
  EXPECT_EQ(format_duration(80min), "1 h 20 min");
  EXPECT_EQ(format_duration(24h - 1s), "23 h 59 min");
  EXPECT_EQ(format_duration(51h), "2 d 03 h");
}

}  // namespace
}  // namespace shoal::units_test
