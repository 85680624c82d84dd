#include "status/plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "status/common.hpp"

namespace shoal::status::plot_test {
namespace {

using testing::HasSubstr;
using testing::Not;

Plot plot(std::vector<Series> series, bool in_bytes = false) {
  return {"A title", {10, 5, 0}, std::move(series), count_in_words, in_bytes};
}

TEST(Plot, goes_from_the_oldest_on_the_left_to_now_on_the_right) {
  const std::string text = draw(plot({{"a", {0, 5, 10}}})).str();
  EXPECT_THAT(text, HasSubstr("points=\"0,198 500,100 1000,2\""));
  EXPECT_THAT(text, HasSubstr("<span>10 s ago</span><span>now</span>"));
}

TEST(Plot, says_what_it_shows_to_who_does_not_see_it) {
  EXPECT_THAT(draw(plot({{"a", {0, 5, 4}}})).str(),
              HasSubstr("aria-label=\"A title, now: a 4. At most 5 since 10 s ago.\""));
}

TEST(Plot, has_a_round_number_at_its_top) {
  const auto top = [](double most, bool in_bytes) {
    const std::string text = draw(plot({{"a", {0, most, 0}}}, in_bytes)).str();
    const std::size_t at = text.find("class=\"top\">") + 12;
    return text.substr(at, text.find('<', at) - at);
  };
  EXPECT_EQ(top(0, false), "1");
  EXPECT_EQ(top(1.5, false), "2");
  EXPECT_EQ(top(21, false), "50");
  EXPECT_EQ(top(51, false), count_in_words(100));
  EXPECT_EQ(top(1500, true), count_in_words(2 * 1024));
  EXPECT_EQ(top(60.0 * 1024, true), count_in_words(100 * 1024));
}

TEST(Plot, of_many_leaves_out_what_is_nothing_and_keeps_each_ones_colour) {
  const std::string text =
      draw(plot({{"a", {0, 0, 0}}, {"b", {0, 0, 0}}, {"c", {0, 1, 0}}, {"d", {0, 0, 0}}})).str();
  EXPECT_THAT(text, HasSubstr("line k2"));
  EXPECT_THAT(text, Not(HasSubstr("line k0")));
  EXPECT_THAT(text, Not(HasSubstr("</span>a ")));
  EXPECT_THAT(draw(plot({{"a", {0, 0, 0}}})).str(), HasSubstr("line k0"));
}

TEST(Plot, of_nothing_says_so) {
  Plot empty = plot({{"a", {}}});
  empty.seconds_ago.clear();
  EXPECT_THAT(draw(empty).str(), HasSubstr("Nothing to draw yet."));
}

TEST(Plot, takes_names_for_text) {
  EXPECT_THAT(draw(plot({{"<i>", {0, 1, 0}}})).str(), Not(HasSubstr("<i>")));
}

}  // namespace
}  // namespace shoal::status::plot_test
