#include "web/access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace shoal::web::access_test {
namespace {

using testing::HasSubstr;

constexpr const char* kToken = "0123456789abcdef";

int answer(const Access& access, const std::string& host, const std::string& authorization = {}) {
  Request request;
  request.host = host;
  request.authorization = authorization;
  const auto refusal = access.refusal(request);
  return refusal ? refusal->status : 200;
}

TEST(Access, without_a_token_is_for_who_knows_the_address) {
  const Access access(std::nullopt, {"box", "box.local"});
  for (const char* host : {"localhost", "127.0.0.1", "192.0.2.7", "[::1]", "[2001:db8::1]", "box"})
    EXPECT_EQ(answer(access, host), 200) << host;
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "notlocalhost", "[evil]", "boxx", "", "0x7f.1"})
    EXPECT_EQ(answer(access, host), 421) << host;
}

TEST(Access, with_a_token_is_for_who_has_it) {
  const Access access(kToken);
  EXPECT_EQ(answer(access, "any.example", "Bearer 0123456789abcdef"), 200);
  EXPECT_EQ(answer(access, "any.example", "bearer 0123456789abcdef"), 200);
  // any:0123456789abcdef, :0123456789abcdef
  EXPECT_EQ(answer(access, "any.example", "Basic YW55OjAxMjM0NTY3ODlhYmNkZWY="), 200);
  EXPECT_EQ(answer(access, "any.example", "Basic OjAxMjM0NTY3ODlhYmNkZWY="), 200);
  for (const char* wrong :
       {"", "Bearer", "Bearer ", "Bearer 0123456789abcdeg", "Bearer 0123456789abcde",
        "Bearer 0123456789abcdef0123456789abcdef", "Basic", "Basic ====", "Basic !!!!",
        "Basic MDEyMzQ1Njc4OWFiY2RlZg==", "Digest 0123456789abcdef", "0123456789abcdef"})
    EXPECT_EQ(answer(access, "localhost", wrong), 401) << wrong;
}

TEST(Access, asks_a_browser_for_the_token) {
  const auto refusal = Access(kToken).refusal({});
  ASSERT_TRUE(refusal);
  EXPECT_THAT(refusal->extra, HasSubstr("WWW-Authenticate: Basic"));
}

TEST(Secrets, are_the_same_only_as_a_whole) {
  EXPECT_TRUE(same_secret("abc", "abc"));
  for (const char* other : {"", "a", "ab", "abd", "abcd", "abcabc", "xbc"}) {
    EXPECT_FALSE(same_secret("abc", other)) << other;
    EXPECT_FALSE(same_secret(other, "abc")) << other;
  }
}

TEST(Token, is_the_first_line_of_a_file) {
  const test::TempDir home;
  EXPECT_EQ(read_token(home.write("a", std::string(kToken) + "\nmore\n")), kToken);
  EXPECT_EQ(read_token(home.write("b", std::string(kToken) + "\r\n")), kToken);
  EXPECT_EQ(read_token(home.write("c", kToken)), kToken);
  EXPECT_EQ(read_token(home.write("d", std::string(256, 'x'))), std::string(256, 'x'));
}

TEST(Token, that_is_short_or_long_or_no_text_is_refused_with_a_way_to_make_one) {
  const test::TempDir home;
  for (const std::string& content :
       {std::string(), std::string("short\n"), std::string(257, 'x'), "\n" + std::string(kToken),
        std::string("with a blank in it"), std::string("\xc3\xa9") + kToken}) {
    const auto token = read_token(home.write("t", content));
    ASSERT_FALSE(token) << content;
    EXPECT_THAT(token.error().message, HasSubstr("make one with"));
  }
  EXPECT_FALSE(read_token(home / "missing"));
}

}  // namespace
}  // namespace shoal::web::access_test
