#include "status/offered_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::status::offered_page_test {
namespace {

using testing::ElementsAre;

TrackedFile named(std::string name, std::uint64_t length = 1, std::uint32_t seeders = 1) {
  TrackedFile file;
  file.name = std::move(name);
  file.length = length;
  file.seeders = seeders;
  return file;
}

std::vector<std::string> names(const OfferedPage& page) {
  std::vector<std::string> out;
  for (const TrackedFile& file : page.files) out.push_back(file.name);
  return out;
}

OfferedQuery query(std::string_view search = "", std::string_view sort = "",
                   std::string_view order = "", std::string_view page = "") {
  return parse_offered_query(search, sort, order, page);
}

const std::vector<TrackedFile> kFiles{named("b.iso", 10, 3), named("A.iso", 30, 3),
                                      named("c.txt", 20, 1)};

TEST(OfferedPage, is_in_order_of_names_unless_another_is_asked_for) {
  EXPECT_THAT(names(offered_page(kFiles, query())), ElementsAre("A.iso", "b.iso", "c.txt"));
  EXPECT_THAT(names(offered_page(kFiles, query("", "name", "desc"))),
              ElementsAre("c.txt", "b.iso", "A.iso"));
  EXPECT_THAT(names(offered_page(kFiles, query("", "size"))),
              ElementsAre("b.iso", "c.txt", "A.iso"));
  EXPECT_THAT(names(offered_page(kFiles, query("", "seeders", "desc"))),
              ElementsAre("A.iso", "b.iso", "c.txt"));
}

TEST(OfferedPage, has_the_names_that_are_searched_for_in_either_case) {
  const OfferedPage page = offered_page(kFiles, query(".ISO"));
  EXPECT_THAT(names(page), ElementsAre("A.iso", "b.iso"));
  EXPECT_EQ(page.matching, 2u);
  EXPECT_EQ(page.total, 3u);
  EXPECT_TRUE(names(offered_page(kFiles, query("nothing like it"))).empty());
}

TEST(OfferedPage, is_a_bounded_part_of_a_hundred_thousand) {
  std::vector<TrackedFile> many;
  for (int i = 0; i < 100'000; ++i) {
    const std::string digits = std::to_string(100'000 + (i * 7919) % 100'000);
    many.push_back(named("file-" + digits.substr(1)));
  }
  const OfferedPage third = offered_page(many, query("", "", "", "3"));
  EXPECT_EQ(third.pages, 2000u);
  ASSERT_EQ(third.files.size(), kPageLength);
  EXPECT_EQ(third.files.front().name, "file-00100");
  EXPECT_EQ(third.files.back().name, "file-00149");
  const OfferedPage last = offered_page(many, query("", "", "", "18446744073709551615"));
  EXPECT_EQ(last.query.page, 2000u);
  EXPECT_EQ(last.files.back().name, "file-99999");
}

TEST(OfferedPage, of_nothing_is_the_first_of_one) {
  const OfferedPage page = offered_page({}, query("", "", "", "7"));
  EXPECT_EQ(page.query.page, 1u);
  EXPECT_EQ(page.pages, 1u);
}

TEST(OfferedQuery, without_sense_is_as_though_it_were_not_there) {
  const OfferedQuery odd = query(std::string(1000, 'x'), "'; drop", "sideways", "-3");
  EXPECT_EQ(odd.search.size(), 255u);
  EXPECT_EQ(odd.column, OfferedQuery::Column::name);
  EXPECT_FALSE(odd.descending);
  EXPECT_EQ(odd.page, 1u);
  EXPECT_EQ(query("", "", "", "0").page, 1u);
  EXPECT_EQ(query("", "", "", "99999999999999999999").page, 1u);
}

TEST(OfferedQuery, is_a_link_again) {
  EXPECT_EQ(link_of(query("a&b", "size", "desc", "4")), "?sort=size&order=desc&q=a%26b&page=4");
  EXPECT_EQ(link_of(query()), "?sort=name");
}

}  // namespace
}  // namespace shoal::status::offered_page_test
