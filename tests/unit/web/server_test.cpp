#include "web/server.hpp"

#include <atomic>
#include <future>
#include <list>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/web_client.hpp"
#include "web/pages.hpp"

namespace shoal::web::server_test {
namespace {

using namespace std::chrono_literals;
using test::get;
using test::parse_answer;
using test::WebClient;
using testing::HasSubstr;

void say_hello(const Request& request, const Answer& answer) {
  answer([path = request.path] { return Response{200, "text/plain", "hello " + path}; });
}

ServerOptions patient() {
  ServerOptions options;
  options.to_ask = options.to_answer = options.to_listen = test::kPatience;
  return options;
}

const std::string kAsk = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST(WebServer, answers_a_request_and_closes) {
  const Server server(patient(), say_hello);
  const auto answer = get(server.address(), "/there");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello /there");
  EXPECT_EQ(get(server.address(), "/", {}, "HEAD").body, "");
}

TEST(WebServer, takes_a_request_that_comes_in_bits) {
  const Server server(patient(), say_hello);
  const WebClient client(server.address());
  for (const char c : kAsk) ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  EXPECT_EQ(parse_answer(client.rest()).status, 200);
}

TEST(WebServer, refuses_a_header_that_is_too_long) {
  const Server server(patient(), say_hello);
  const WebClient client(server.address());
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x'));
  EXPECT_EQ(parse_answer(client.rest()).status, 431);
}

TEST(WebServer, refuses_a_body_and_says_so_to_who_goes_on_sending) {
  const Server server(patient(), say_hello);
  const WebClient client(server.address());
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n" +
              std::string(9999, 'x'));
  EXPECT_EQ(parse_answer(client.rest()).status, 405);
}

TEST(WebServer, closes_on_who_does_not_ask_in_time) {
  ServerOptions options = patient();
  options.to_ask = 50ms;
  const Server server(options, say_hello);
  const WebClient silent(server.address());
  EXPECT_EQ(silent.rest(), "");
  const WebClient slow(server.address());
  slow.send("GET / HTTP/1.1\r\nHost: loc");
  EXPECT_EQ(slow.rest(), "");
}

TEST(WebServer, is_there_for_others_while_many_do_not_ask) {
  const ServerOptions options = patient();
  const Server server(options, say_hello);
  std::list<WebClient> silent;
  for (std::size_t i = 0; i < options.most_connections * 3; ++i)
    silent.emplace_back(server.address()).send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(get(server.address(), "/").status, 200);
  EXPECT_EQ(silent.front().rest(), "") << "who came first has made way";
}

TEST(WebServer, has_no_place_for_more_where_all_wait_for_an_answer) {
  ServerOptions options = patient();
  options.most_connections = 2;
  std::list<Answer> answers;  // on the server's thread, until that has ended
  std::promise<void> full;
  const Handler keep = [&](const Request&, Answer answer) {
    answers.push_back(std::move(answer));
    if (answers.size() == 2) full.set_value();
  };
  const auto server = std::make_unique<Server>(options, keep);
  const WebClient one(server->address());
  const WebClient two(server->address());
  one.send(kAsk);
  two.send(kAsk);
  ASSERT_EQ(full.get_future().wait_for(test::kPatience), std::future_status::ready);
  const WebClient three(server->address());
  three.send(kAsk);
  EXPECT_EQ(three.rest(), "");
}

TEST(WebServer, takes_an_answer_from_any_thread_once) {
  std::list<std::jthread> threads;
  {
    const Server server(patient(), [&](const Request&, const Answer& answer) {
      threads.emplace_back([answer] {
        answer([] { return Response{200, "text/plain", "first"}; });
        answer([] { return Response{200, "text/plain", "second"}; });
      });
    });
    EXPECT_EQ(get(server.address(), "/").body, "first");
  }
}

TEST(WebServer, does_not_mind_an_answer_after_its_end) {
  std::promise<Answer> asked;
  auto server = std::make_unique<Server>(
      patient(), [&](const Request&, Answer answer) { asked.set_value(std::move(answer)); });
  const WebClient client(server->address());
  client.send(kAsk);
  const Answer answer = asked.get_future().get();
  server.reset();
  answer([] { return Response{}; });
  EXPECT_EQ(client.rest(), "");
}

TEST(WebServer, says_so_when_the_program_gives_no_answer) {
  ServerOptions options = patient();
  options.to_answer = 50ms;
  const Server server(options, [](const Request&, const Answer&) {});
  EXPECT_EQ(get(server.address(), "/").status, 503);
}

TEST(WebServer, survives_a_page_that_cannot_be_made) {
  const Server server(patient(), [](const Request& request, const Answer& answer) {
    answer([bad = request.path == "/bad"]() -> Response {
      if (bad) throw std::runtime_error("no");
      return {};
    });
  });
  EXPECT_EQ(get(server.address(), "/bad").status, 500);
  EXPECT_EQ(get(server.address(), "/").status, 200);
}

TEST(WebServer, asks_for_the_token_before_anything_else) {
  ServerOptions options = patient();
  options.access = Access("0123456789abcdef");
  std::atomic<int> asked = 0;
  const Server server(options, [&](const Request& request, const Answer& answer) {
    ++asked;
    say_hello(request, answer);
  });
  EXPECT_EQ(get(server.address(), "/").status, 401);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(get(server.address(), "/", "Authorization: Bearer 0123456789abcdef\r\n").status, 200);
}

TEST(WebServer, names_the_address_where_it_cannot_listen) {
  const Server server(patient(), say_hello);
  ServerOptions options;
  options.listen = server.address();
  try {
    const Server second(options, say_hello);
    FAIL() << "two servers on one port";
  } catch (const std::system_error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr(server.address().to_string()));
  }
}

TEST(Pages, are_in_the_program_whole_and_have_no_script_or_style_in_them) {
  const Response page = framed("A title", "<p>@title@</p>");
  EXPECT_THAT(page.body, HasSubstr("<title>A title</title>"));
  EXPECT_THAT(page.body, HasSubstr("<p>@title@</p>")) << "what is put in is left as it is";
  EXPECT_THAT(page.body, testing::Not(HasSubstr("<style")));
  EXPECT_THAT(page.body, testing::Not(testing::ContainsRegex("<script[^>]*>[^<]")));
  EXPECT_TRUE(page.body.ends_with("</html>\n"));
  for (const char* path : {"/shoal.css", "/shoal.js", "/shoal.svg"})
    EXPECT_TRUE(asset(path)) << path;
  for (const char* path : {"/", "/page.html", "/../shoal.js", "/shoal.js/", "shoal.js"})
    EXPECT_FALSE(asset(path)) << path;
}

}  // namespace
}  // namespace shoal::web::server_test
