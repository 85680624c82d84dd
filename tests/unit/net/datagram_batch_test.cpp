#include "net/datagram_batch.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <system_error>

#include <gmock/gmock.h>

#include "net/address.hpp"
#include "net/udp_port.hpp"
#include "support/ipv6.hpp"

namespace shoal::net::datagram_batch_test {
namespace {

using asio::ip::udp;
using testing::ElementsAre;

Endpoint at(std::string_view text) {
  return *Endpoint::parse(text);
}
IpAddress address(std::string_view text) {
  return *IpAddress::parse(text);
}
Outgoing text_to(std::string_view text, const Endpoint& to) {
  const BytesView bytes = as_bytes(text);
  return {to_asio<udp>(to), {bytes.begin(), bytes.end()}};
}

struct Came {
  std::string text;
  Endpoint from;
  Endpoint at;
};

/// All that comes to a port until there is as much as expected; what was sent on this machine is
/// here already.
std::vector<Came> receive(DatagramBatch& batch, const UdpPort& port) {
  std::vector<Came> came;
  for (const Received& one : batch.receive(port.descriptor()))
    came.push_back({std::string(as_text(one.bytes)), from_asio(one.from), one.at});
  return came;
}

class Answers : public testing::Test {
 protected:
  /// Each datagram is answered with its own text, from where it was sent to.
  void answer_all(const UdpPort& port) {
    std::vector<Outgoing> replies;
    for (const Received& one : batch.receive(port.descriptor()))
      replies.push_back({one.from, {one.bytes.begin(), one.bytes.end()}, one.at});
    EXPECT_EQ(batch.send(port.descriptor(), replies), replies.size());
  }
  std::vector<std::string> answers(const UdpPort& asker) {
    std::vector<std::string> all;
    for (const Came& one : receive(batch, asker))
      all.push_back(one.text + " from " + one.from.address.to_string());
    return all;
  }

  DatagramBatch batch;
};

TEST_F(Answers, come_from_the_address_that_was_asked) {
  const UdpPort port(at("0.0.0.0:0"));
  const UdpPort asker(at("127.0.0.1:0"));
  std::vector<Outgoing> out;
  for (const char* asked : {"127.0.0.1", "127.0.0.2", "127.9.8.7", "127.0.0.1"})
    out.push_back(text_to(asked, {address(asked), port.local().port}));
  ASSERT_EQ(batch.send(asker.descriptor(), out), out.size());
  answer_all(port);
  EXPECT_THAT(answers(asker), ElementsAre("127.0.0.1 from 127.0.0.1", "127.0.0.2 from 127.0.0.2",
                                          "127.9.8.7 from 127.9.8.7", "127.0.0.1 from 127.0.0.1"));
}

TEST_F(Answers, come_from_the_address_that_was_asked_over_ipv6) {
  if (!test::has_ipv6()) GTEST_SKIP() << test::kNoIpv6;
  UdpPort port(at("[::]:0"));
  UdpPort asker(at("[::1]:0"));
  const std::vector out{text_to("a", {address("::1"), port.local().port})};
  ASSERT_EQ(batch.send(asker.descriptor(), out), 1u);
  const auto came = receive(batch, port);
  ASSERT_EQ(came.size(), 1u);
  EXPECT_EQ(came[0].at, (Endpoint{address("::1"), 0}));
  ASSERT_EQ(batch.send(asker.descriptor(), out), 1u);
  answer_all(port);
  EXPECT_THAT(answers(asker), ElementsAre("a from ::1"));
}

TEST_F(Answers, of_every_socket_on_a_port_that_several_share) {
  UdpPort first(at("0.0.0.0:0"));
  std::vector<UdpPort> ports;
  for (int i = 0; i < 3; ++i) ports.push_back(first.another());
  ports.push_back(std::move(first));
  constexpr int kAskers = 20;  // the system deals them out to the sockets
  std::vector<UdpPort> askers;
  for (int i = 0; i < kAskers; ++i) {
    askers.emplace_back(at("127.0.0.1:0"));
    const std::vector out{text_to("a", {address("127.0.0.2"), ports[0].local().port})};
    ASSERT_EQ(batch.send(askers.back().descriptor(), out), 1u);
  }
  for (const UdpPort& port : ports) answer_all(port);
  for (const UdpPort& asker : askers) EXPECT_THAT(answers(asker), ElementsAre("a from 127.0.0.2"));
}

TEST_F(Answers, need_no_word_where_there_is_one_address_only) {
  const UdpPort port(at("127.0.0.2:0"));
  const UdpPort asker(at("127.0.0.1:0"));
  ASSERT_EQ(batch.send(asker.descriptor(), std::vector{text_to("a", port.local())}), 1u);
  const auto came = receive(batch, port);
  ASSERT_EQ(came.size(), 1u);
  EXPECT_EQ(came[0].at, Endpoint{});
}

TEST_F(Answers, that_are_to_come_from_an_address_that_has_gone_hold_up_no_others) {
  const UdpPort port(at("0.0.0.0:0"));
  const UdpPort asker(at("127.0.0.1:0"));
  std::vector<Outgoing> out;
  for (const char* text : {"a", "b", "c"}) out.push_back(text_to(text, asker.local()));
  out[0].at = out[2].at = {address("127.0.0.3")};
  out[1].at = {address("192.0.2.1")};
  EXPECT_EQ(batch.send(port.descriptor(), out), 2u);
  EXPECT_THAT(answers(asker), ElementsAre("a from 127.0.0.3", "c from 127.0.0.3"));
}

// The descriptions of datagrams are used again for every batch.
TEST_F(Answers, of_one_batch_leave_nothing_behind_for_the_next) {
  const UdpPort port(at("0.0.0.0:0"));
  const UdpPort asker(at("127.0.0.1:0"));
  for (int i = 0; i < 3; ++i) {
    std::vector out{text_to("asked", {address("127.0.0.2"), port.local().port})};
    ASSERT_EQ(batch.send(asker.descriptor(), out), 1u);
    answer_all(port);
    out = {text_to("of its own", asker.local())};
    ASSERT_EQ(batch.send(port.descriptor(), out), 1u);
    EXPECT_THAT(answers(asker), ElementsAre("asked from 127.0.0.2", "of its own from 127.0.0.1"));
  }
}

}  // namespace
}  // namespace shoal::net::datagram_batch_test
