#include "web/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::web::http_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

std::string head(const std::string& line, const std::string& fields = "Host: localhost\r\n") {
  return line + "\r\n" + fields + "\r\n";
}

int refused(const std::string& text) {
  const Parsed parsed = parse(text);
  return parsed.request ? 0 : parsed.refusal.status;
}

TEST(HttpRequest, names_a_page_and_what_is_asked_of_it) {
  const auto parsed = parse(head("GET /a%20b?q=caf%C3%A9+%26&sort=size&q=2 HTTP/1.1"));
  ASSERT_TRUE(parsed.request);
  EXPECT_EQ(parsed.request->path, "/a b");
  EXPECT_THAT(parsed.request->query,
              ElementsAre(Pair("q", "café &"), Pair("sort", "size"), Pair("q", "2")));
  EXPECT_EQ(parsed.request->value("q"), "café &");
  EXPECT_EQ(parsed.request->value("none"), "");
  EXPECT_FALSE(parsed.request->head_only);
  EXPECT_TRUE(parse(head("HEAD / HTTP/1.0")).request->head_only);
}

TEST(HttpRequest, tells_its_host_without_the_port) {
  const auto host = [](const std::string& value) {
    const auto parsed = parse(head("GET / HTTP/1.1", "hOsT:  " + value + " \r\n"));
    return parsed.request ? parsed.request->host : "";
  };
  EXPECT_EQ(host("LocalHost:8080"), "localhost");
  EXPECT_EQ(host("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(host("[2001:DB8::1]:80"), "[2001:db8::1]");
  EXPECT_EQ(host("[::1]"), "[::1]");
}

TEST(HttpRequest, that_would_change_something_is_refused) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"})
    EXPECT_EQ(refused(head(std::string(method) + " / HTTP/1.1")), 405) << method;
  EXPECT_THAT(encode(parse(head("POST / HTTP/1.1")).refusal, false),
              HasSubstr("\r\nAllow: GET, HEAD\r\n"));
}

TEST(HttpRequest, with_a_body_is_refused) {
  EXPECT_EQ(refused(head("GET / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\n")), 413);
  EXPECT_EQ(refused(head("GET / HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked\r\n")), 413);
  EXPECT_EQ(refused(head("GET / HTTP/1.1", "Host: a\r\nContent-Length: 0\r\n")), 0);
}

TEST(HttpRequest, that_is_malformed_is_refused) {
  for (const char* line :
       {"", "GET", "GET /", "GET  / HTTP/1.1", "G\tT / HTTP/1.1", "GET a HTTP/1.1",
        "GET http://a/ HTTP/1.1", "GET /%zz HTTP/1.1", "GET /%0 HTTP/1.1", "GET /%00 HTTP/1.1",
        "GET /?a=%00 HTTP/1.1", "GET /\x01 HTTP/1.1", "GET /\xc3\xa9 HTTP/1.1"})
    EXPECT_EQ(refused(head(line)), 400) << line;
  EXPECT_EQ(refused(head("GET / HTTP/2.0")), 505);
  EXPECT_EQ(refused(head("GET / HTTP/1.1 x")), 505);
  EXPECT_EQ(refused(head("GET / HTTP/1.1", "")), 400) << "no host";
  EXPECT_EQ(refused(head("GET / HTTP/1.1", "Host: a\r\nHost: b\r\n")), 400) << "two hosts";
  EXPECT_EQ(refused(head("GET / HTTP/1.1", "Host : a\r\n")), 400);
  EXPECT_EQ(refused(head("GET / HTTP/1.1", "Host: a\r\nX\r\n")), 400);
  EXPECT_EQ(refused(head("GET / HTTP/1.1", "Host: a\r\n folded\r\n")), 400);
  EXPECT_EQ(refused(head("GET / HTTP/1.1", "Host: a\nX: b\r\n")), 400);
}

TEST(HttpRequest, that_is_too_large_is_refused) {
  EXPECT_EQ(refused(head("GET /" + std::string(3000, 'a') + " HTTP/1.1")), 414);
  std::string fields = "Host: a\r\n";
  for (std::size_t i = 1; i < kMostFields; ++i) fields += "X: y\r\n";
  EXPECT_EQ(refused(head("GET / HTTP/1.1", fields)), 0);
  EXPECT_EQ(refused(head("GET / HTTP/1.1", fields + "X: y\r\n")), 431);
}

TEST(HttpResponse, lets_a_page_use_nothing_but_what_the_program_has) {
  const std::string text = encode(Response{200, "text/html", "<p>"}, false);
  EXPECT_THAT(text, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nContent-Length: 3\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self'; "));
  EXPECT_THAT(text, Not(HasSubstr("unsafe")));
  EXPECT_THAT(text, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nCache-Control: no-store\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(text.ends_with("\r\n\r\n<p>"));
}

TEST(HttpResponse, to_a_head_request_has_the_length_and_no_body) {
  const std::string text = encode(Response{200, "text/html", "<p>"}, true);
  EXPECT_THAT(text, HasSubstr("\r\nContent-Length: 3\r\n"));
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace shoal::web::http_test
