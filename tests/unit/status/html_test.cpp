#include "status/html.hpp"

#include <gtest/gtest.h>

namespace shoal::status::html_test {
namespace {

TEST(Html, takes_literals_for_markup_and_names_for_text) {
  const std::string name = "<img src=x onerror=alert(1)>";
  Html out;
  out << "<p title=\"" << name << "\">" << std::string_view("a & 'b'") << 7 << "</p>";
  EXPECT_EQ(out.str(), "<p title=\"&lt;img src=x onerror=alert(1)&gt;\">a &amp; &#39;b&#39;7</p>");
}

TEST(Html, shows_nothing_that_cannot_be_seen) {
  EXPECT_EQ(escaped("a\x01\u202e\xff\"b"), "a\uFFFD\uFFFD\uFFFD&quot;b");
}

TEST(Html, has_links_that_keep_their_values_together) {
  EXPECT_EQ(percent_encoded("a b&c=é/+\"<"), "a%20b%26c%3D%C3%A9%2F%2B%22%3C");
}

}  // namespace
}  // namespace shoal::status::html_test
