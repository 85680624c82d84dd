#include "net/udp_socket.hpp"

#include <string>
#include <system_error>

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <gmock/gmock.h>

#include "net/address.hpp"
#include "support/ipv6.hpp"
#include "support/run_awaitable.hpp"

namespace shoal::net::udp_socket_test {
namespace {

using asio::ip::udp;

const Endpoint kAnyPort = *Endpoint::parse("127.0.0.1:0");

Bytes bytes(std::string_view text) {
  const BytesView view = as_bytes(text);
  return {view.begin(), view.end()};
}

asio::awaitable<void> collect(UdpSocket& socket, std::vector<std::string>& texts,
                              std::vector<std::size_t>& batches, bool& ended) {
  while (co_await socket.wait_readable()) {
    const auto datagrams = socket.receive();
    if (!datagrams.empty()) batches.push_back(datagrams.size());
    for (const Received& datagram : datagrams) texts.emplace_back(as_text(datagram.bytes));
  }
  ended = true;
}

class UdpSocketTest : public testing::Test {
 protected:
  void start() { spawn(loop.get_executor(), collect(here, texts, batches, ended)); }
  ~UdpSocketTest() override {
    here.close();
    loop.restart();
    loop.poll();
  }

  std::vector<Outgoing> numbered(int count) const {
    std::vector<Outgoing> datagrams;
    for (int i = 0; i < count; ++i)
      datagrams.push_back({to_asio<udp>(here.local()), bytes(std::to_string(i))});
    return datagrams;
  }

  asio::io_context loop;
  UdpSocket here{loop.get_executor(), kAnyPort};
  UdpSocket there{loop.get_executor(), kAnyPort};
  std::vector<std::string> texts;
  std::vector<std::size_t> batches;
  bool ended = false;
};

TEST_F(UdpSocketTest, takes_a_free_port_and_tells_it) {
  EXPECT_NE(here.local().port, 0);
  EXPECT_EQ(here.local().address, kAnyPort.address);
}

TEST_F(UdpSocketTest, receives_whole_datagrams_with_their_senders) {
  const std::vector<Outgoing> out = {{to_asio<udp>(here.local()), bytes("one")},
                                     {to_asio<udp>(here.local()), {}},
                                     {to_asio<udp>(here.local()), bytes("three")}};
  EXPECT_EQ(there.send(out), 3u);
  const auto received = here.receive();
  ASSERT_EQ(received.size(), 3u);
  EXPECT_EQ(as_text(received[0].bytes), "one");
  EXPECT_TRUE(received[1].bytes.empty());
  EXPECT_EQ(as_text(received[2].bytes), "three");
  for (const Received& one : received) EXPECT_EQ(from_asio(one.from), there.local());
  EXPECT_TRUE(here.receive().empty());
}

TEST_F(UdpSocketTest, drains_many_in_batches_and_in_order) {
  start();
  EXPECT_EQ(there.send(numbered(150)), 150u);
  ASSERT_TRUE(test::run_until(loop, [&] { return texts.size() == 150; }));
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(texts[i], std::to_string(i));
#ifdef __linux__
  EXPECT_THAT(batches, testing::ElementsAre(64, 64, 22));
#endif
}

TEST_F(UdpSocketTest, cuts_what_is_longer_than_anything_we_parse) {
  const Outgoing out{to_asio<udp>(here.local()), Bytes(UdpSocket::kMostBytes + 500, std::byte{1})};
  EXPECT_EQ(there.send(std::span(&out, 1)), 1u);
  const auto received = here.receive();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].bytes.size(), UdpSocket::kMostBytes);
}

TEST_F(UdpSocketTest, a_datagram_that_cannot_be_sent_does_not_hold_up_the_others) {
  std::vector<Outgoing> out = numbered(3);
  out[0].bytes.resize(70'000);                                    // longer than UDP can
  out[2].to = to_asio<udp>(*Endpoint::parse("[2001:db8::1]:9"));  // IPv6 on an IPv4 socket
  out.push_back({to_asio<udp>(here.local()), bytes("last")});
  EXPECT_EQ(there.send(out), 2u);
  const auto received = here.receive();
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(as_text(received[0].bytes), "1");
  EXPECT_EQ(as_text(received[1].bytes), "last");
}

TEST_F(UdpSocketTest, goes_on_after_sending_to_a_port_that_nobody_listens_on) {
  Endpoint nobody;
  {
    const UdpSocket gone(loop.get_executor(), kAnyPort);
    nobody = gone.local();
  }
  start();
  for (int i = 0; i < 5; ++i) {
    const Outgoing out{to_asio<udp>(nobody), bytes("x")};
    here.send(std::span(&out, 1));
    loop.poll();
  }
  there.send(numbered(1));
  EXPECT_TRUE(test::run_until(loop, [&] { return texts.size() == 1; }));
}

TEST_F(UdpSocketTest, closing_ends_the_wait) {
  start();
  loop.poll();
  here.close();
  EXPECT_TRUE(test::run_until(loop, [&] { return ended; }));
}

TEST_F(UdpSocketTest, says_which_address_is_taken) {
  try {
    const UdpSocket second(loop.get_executor(), here.local());
    FAIL() << "two sockets on one port";
  } catch (const std::system_error& failure) {
    EXPECT_THAT(failure.what(), testing::HasSubstr(here.local().to_string()));
    EXPECT_EQ(failure.code(), asio::error::address_in_use);
  }
}

TEST_F(UdpSocketTest, an_ipv6_socket_leaves_the_port_free_for_ipv4) {
  if (!test::has_ipv6()) GTEST_SKIP() << test::kNoIpv6;
  const UdpSocket v6(loop.get_executor(), *Endpoint::parse("[::]:0"));
  EXPECT_NO_THROW(UdpSocket(loop.get_executor(), {IpAddress(), v6.local().port}));
}

}  // namespace
}  // namespace shoal::net::udp_socket_test
