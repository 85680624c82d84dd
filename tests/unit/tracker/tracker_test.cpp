#include <numeric>
#include <system_error>

#include <gmock/gmock.h>

#include <shoal/tracker.hpp>

#include "discovery/tracker_client.hpp"
#include "net/address.hpp"
#include "net/runtime_impl.hpp"
#include "net/udp_socket.hpp"
#include "support/ipv6.hpp"
#include "support/run_awaitable.hpp"

namespace shoal::tracker_test {
namespace {

using namespace std::chrono_literals;
using discovery::TrackerClient;
using testing::HasSubstr;

Endpoint at(std::string_view text) {
  return *Endpoint::parse(text);
}

TrackerOptions on(std::vector<Endpoint> addresses) {
  TrackerOptions options;
  options.listen = std::move(addresses);
  return options;
}

datagram::RegisterRequest register_file(std::string name, std::uint16_t port = 4242) {
  PeerId peer;
  peer.bytes[0] = std::byte{1};
  FileInfo file{std::move(name), 100, 16384, Digest{}};
  file.root.bytes[0] = std::byte{9};
  return {peer, port, true, std::move(file)};
}

class TrackerTest : public testing::Test {
 protected:
  Result<discovery::Answer> ask(TrackerClient& client, datagram::Request request) {
    return test::run(loop(), client.ask(std::move(request), 10s));
  }
  TrackerClient client_of(const Endpoint& tracker) {
    return TrackerClient(loop().get_executor(), tracker.to_string(), 50ms);
  }
  asio::io_context& loop() { return runtime.impl().loop; }

  Runtime runtime{1};
};

TEST_F(TrackerTest, listens_on_a_free_port_and_tells_it) {
  const Tracker tracker(runtime, on({at("127.0.0.1:0")}));
  ASSERT_EQ(tracker.addresses().size(), 1u);
  EXPECT_NE(tracker.addresses()[0].port, 0);
}

TEST_F(TrackerTest, says_which_address_it_cannot_listen_on) {
  const Tracker tracker(runtime, on({at("127.0.0.1:0")}));
  try {
    const Tracker second(runtime, on(tracker.addresses()));
    FAIL() << "two trackers on one port";
  } catch (const std::system_error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr(tracker.addresses()[0].to_string()));
  }
  EXPECT_THROW(Tracker(runtime, on({})), std::system_error);
}

TEST_F(TrackerTest, answers_on_all_its_addresses_out_of_one_registry) {
  if (!test::has_ipv6()) GTEST_SKIP() << test::kNoIpv6;
  const Tracker tracker(runtime, on({at("127.0.0.1:0"), at("[::1]:0")}));
  TrackerClient v4 = client_of(tracker.addresses()[0]);
  TrackerClient v6 = client_of(tracker.addresses()[1]);
  const auto registered = ask(v4, register_file("a.bin"));
  ASSERT_TRUE(registered) << registered.error().message;
  ASSERT_TRUE(std::holds_alternative<datagram::RegisterReply>(registered->reply));
  const auto found = ask(v6, datagram::LookupRequest{{}, "a.bin"});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_TRUE(std::holds_alternative<datagram::LookupReply>(found->reply));
  EXPECT_THAT(std::get<datagram::LookupReply>(found->reply).peers,
              testing::ElementsAre(at("127.0.0.1:4242")));
  EXPECT_EQ(tracker.statistics().files, 1u);
  EXPECT_EQ(tracker.statistics().peers, 1u);
}

TEST_F(TrackerTest, tells_the_timing_it_was_given) {
  TrackerOptions options = on({at("127.0.0.1:0")});
  options.heartbeat = 1234ms;
  options.timeout = 4321ms;
  const Tracker tracker(runtime, options);
  TrackerClient client = client_of(tracker.addresses()[0]);
  const auto reply = ask(client, register_file("a.bin"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<datagram::RegisterReply>(reply->reply).timing, (datagram::Timing{1234, 4321}));
}

TEST_F(TrackerTest, forgets_who_is_silent_also_when_nobody_sends_anything) {
  TrackerOptions options = on({at("127.0.0.1:0")});
  options.heartbeat = 50ms;
  options.timeout = 150ms;
  const Tracker tracker(runtime, options);
  TrackerClient client = client_of(tracker.addresses()[0]);
  ASSERT_TRUE(ask(client, register_file("a.bin")));
  EXPECT_EQ(tracker.statistics().peers, 1u);
  EXPECT_TRUE(test::run_until(loop(), [&] { return tracker.statistics().peers == 0; }));
  EXPECT_EQ(tracker.statistics().files, 0u);
}

TEST_F(TrackerTest, tells_how_long_its_answers_took) {
  const Tracker tracker(runtime, on({at("127.0.0.1:0")}));
  EXPECT_THAT(tracker.status().responses.counts, testing::Each(0u));
  TrackerClient client = client_of(tracker.addresses()[0]);
  ASSERT_TRUE(ask(client, register_file("a.bin")));
  const auto counted = [&] {
    const ResponseTimes times = tracker.status().responses;
    return std::reduce(times.counts.begin(), times.counts.end());
  };
  // `connect` and this: the last is counted once it is on its way, so perhaps after it came.
  EXPECT_TRUE(test::run_until(loop(), [&] { return counted() >= 2; }));
  EXPECT_GT(tracker.status().responses.sum, 0ns);
}

TEST_F(TrackerTest, keeps_its_bounds) {
  TrackerOptions options = on({at("127.0.0.1:0")});
  options.max_files = 1;
  const Tracker tracker(runtime, options);
  TrackerClient client = client_of(tracker.addresses()[0]);
  ASSERT_TRUE(ask(client, register_file("a.bin")));
  const auto second = ask(client, register_file("b.bin"));
  ASSERT_TRUE(second);
  const auto* refusal = std::get_if<datagram::RefuseReply>(&second->reply);
  ASSERT_NE(refusal, nullptr);
  EXPECT_EQ(refusal->reason, datagram::RefuseReason::table_full);
}

TEST_F(TrackerTest, drops_what_it_does_not_understand_and_answers_the_next) {
  const Tracker tracker(runtime, on({at("127.0.0.1:0")}));
  net::UdpSocket socket(loop().get_executor(), at("127.0.0.1:0"));
  const auto to = net::to_asio<asio::ip::udp>(tracker.addresses()[0]);
  std::vector<net::Outgoing> garbage;
  for (std::size_t size : {0, 1, 15, 16, 98, 1200, 2048, 9000}) {
    garbage.push_back({to, Bytes(size, std::byte{0})});
    garbage.push_back({to, Bytes(size, std::byte{0xff})});
  }
  ASSERT_EQ(socket.send(garbage), garbage.size());
  ASSERT_TRUE(
      test::run_until(loop(), [&] { return tracker.statistics().dropped == garbage.size(); }));
  EXPECT_TRUE(socket.receive().empty());
  TrackerClient client = client_of(tracker.addresses()[0]);
  EXPECT_TRUE(ask(client, register_file("a.bin")));
}

TEST_F(TrackerTest, stops_answering_when_it_dies_and_frees_the_port) {
  auto tracker = std::make_unique<Tracker>(runtime, on({at("127.0.0.1:0")}));
  const Endpoint address = tracker->addresses()[0];
  Tracker moved = std::move(*tracker);
  tracker.reset();
  TrackerClient client = client_of(address);
  EXPECT_TRUE(ask(client, register_file("a.bin"))) << "it has only moved";
  { const Tracker last = std::move(moved); }
  const Tracker next(runtime, on({address}));
  EXPECT_EQ(next.statistics().files, 0u);
}

}  // namespace
}  // namespace shoal::tracker_test
