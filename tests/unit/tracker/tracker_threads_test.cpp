#include <poll.h>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <gmock/gmock.h>

#include <shoal/tracker.hpp>

#include "datagram/datagram.hpp"
#include "net/address.hpp"
#include "net/datagram_batch.hpp"
#include "net/udp_port.hpp"
#include "secure/sealed_talk.hpp"
#include "unit/secure/keys_for_tests.hpp"

// A tracker with several threads, asked from several sockets at once.

namespace shoal::tracker_threads_test {
namespace {

using testing::UnorderedElementsAreArray;

constexpr int kAskers = 6;
constexpr std::uint32_t kFilesEach = 40;

TrackerOptions several_threads() {
  TrackerOptions options;
  options.listen = {*Endpoint::parse("127.0.0.1:0")};
  options.threads = 3;
  options.open = true;
  return options;
}

std::string name_of(std::uint32_t file) {
  return "file-" + std::to_string(file);
}

datagram::RegisterRequest offer(std::uint32_t asker, std::uint32_t file) {
  datagram::RegisterRequest request;
  store_be(asker + 1, request.peer_id.bytes.data() + 16);
  request.port = static_cast<std::uint16_t>(5000 + asker);
  request.file = {name_of(file), 100 + file, 16384, Digest{}};
  store_be(file + 1, request.file.root.bytes.data());
  return request;
}

/// One socket that asks and waits, on the test's own threads. Asks again when a datagram is lost.
class Asker {
 public:
  Asker(const Endpoint& tracker, const Keys& keys = {})
      : to_(net::to_asio<asio::ip::udp>(tracker)) {
    if (keys) seal_.emplace(keys);
  }

  datagram::Reply ask(const datagram::Request& request) {
    if (connection_ == datagram::ConnectionId{}) {
      connection_ =
          std::get<datagram::ConnectReply>(exchange(datagram::ConnectRequest{})).connection;
    }
    return exchange(request);
  }

 private:
  datagram::Reply exchange(const datagram::Request& request) {
    const datagram::TransactionId transaction{++transactions_};
    Bytes plain;
    datagram::encode(datagram::RequestDatagram{connection_, transaction, request}, plain);
    for (int tries = 0; tries < 20; ++tries) {
      std::vector<net::Outgoing> out{{to_, plain}};
      if (seal_) seal_->seal(plain, out[0].bytes);
      batch_.send(port_.descriptor(), out);
      if (auto reply = wait_for(transaction)) return *std::move(reply);
    }
    throw std::runtime_error("the tracker does not answer");
  }

  std::optional<datagram::Reply> wait_for(datagram::TransactionId transaction) {
    pollfd polled{port_.descriptor(), POLLIN, 0};
    while (::poll(&polled, 1, 1000) == 1) {
      for (const net::Received& datagram : batch_.receive(port_.descriptor())) {
        const auto plain = seal_ ? seal_->open(datagram.bytes) : datagram.bytes;
        if (!plain) continue;
        auto reply = datagram::decode_reply(*plain, false);
        if (reply && reply->transaction == transaction) return std::move(reply->reply);
      }
    }
    return std::nullopt;
  }

  asio::ip::udp::endpoint to_;
  net::UdpPort port_{*Endpoint::parse("127.0.0.1:0")};
  net::DatagramBatch batch_;
  std::optional<secure::SealedClient> seal_;
  datagram::ConnectionId connection_{};
  std::uint32_t transactions_ = 0;
};

/// Every asker offers all files, asks for them, announces itself and leaves half of them again.
void hammer(const Endpoint& tracker, std::uint32_t number, const Keys& keys) {
  Asker asker(tracker, keys);
  for (std::uint32_t file = 0; file < kFilesEach; ++file) {
    const auto mine = offer(number, file);
    ASSERT_TRUE(std::holds_alternative<datagram::RegisterReply>(asker.ask(mine)));
    ASSERT_TRUE(std::holds_alternative<datagram::LookupReply>(
        asker.ask(datagram::LookupRequest{{}, name_of(file)})));
    datagram::AnnounceRequest announce;
    announce.info_hash = truncated(info_hash(mine.file));
    announce.port = static_cast<std::uint16_t>(6000 + number);
    ASSERT_TRUE(std::holds_alternative<datagram::AnnounceReply>(asker.ask(announce)));
    announce.event = datagram::AnnounceEvent::stopped;
    ASSERT_TRUE(std::holds_alternative<datagram::AnnounceReply>(asker.ask(announce)));
    if (file % 2 == 0) continue;
    ASSERT_TRUE(std::holds_alternative<datagram::WithdrawReply>(
        asker.ask(datagram::WithdrawRequest{mine.peer_id, mine.port, info_hash(mine.file)})));
  }
}

void hammer_from_all_sides(const Tracker& tracker, const Keys& keys = {}) {
  std::vector<std::jthread> askers;
  for (std::uint32_t i = 0; i < kAskers; ++i)
    askers.emplace_back([&tracker, &keys, i] { hammer(tracker.addresses()[0], i, keys); });
  for (int look = 0; look < 100; ++look) (void)tracker.statistics();
}

/// The even files are left, with everybody.
void expect_the_even_files(const Tracker& tracker, const Keys& keys = {}) {
  EXPECT_EQ(tracker.statistics().files, kFilesEach / 2);
  EXPECT_EQ(tracker.statistics().peers, kAskers * kFilesEach / 2);
  Asker asker(tracker.addresses()[0], keys);
  std::vector<std::uint16_t> everybody;
  for (std::uint16_t i = 0; i < kAskers; ++i)
    everybody.push_back(static_cast<std::uint16_t>(5000 + i));
  const auto found = asker.ask(datagram::LookupRequest{{}, name_of(2)});
  std::vector<std::uint16_t> ports;
  for (const Endpoint& peer : std::get<datagram::LookupReply>(found).peers)
    ports.push_back(peer.port);
  EXPECT_THAT(ports, UnorderedElementsAreArray(everybody));
}

class TrackerThreads : public testing::Test {
 protected:
  Runtime runtime{1};
};

TEST_F(TrackerThreads, answer_out_of_one_registry_whoever_asks) {
  const Tracker tracker(runtime, several_threads());
  ASSERT_EQ(tracker.addresses().size(), 1u) << "one address, however many threads";
  hammer_from_all_sides(tracker);
  expect_the_even_files(tracker);
  EXPECT_EQ(tracker.statistics().dropped, 0u);
}

TEST_F(TrackerThreads, serve_a_closed_swarm) {
  auto options = several_threads();
  options.keys = secure::ring_of(1);
  const Tracker tracker(runtime, options);
  hammer_from_all_sides(tracker, options.keys);
  expect_the_even_files(tracker, options.keys);
}

TEST_F(TrackerThreads, know_what_another_one_has_opened_already) {
  auto options = several_threads();
  options.keys = secure::ring_of(1);
  const Tracker tracker(runtime, options);
  Bytes plain, sealed;
  datagram::encode(datagram::RequestDatagram{{}, {}, datagram::ConnectRequest{}}, plain);
  secure::SealedClient(options.keys).seal(plain, sealed);
  constexpr std::uint64_t kSenders = 30;  // the system deals them out to the threads
  const std::vector<net::Outgoing> out{
      {net::to_asio<asio::ip::udp>(tracker.addresses()[0]), sealed}};
  for (std::uint64_t i = 0; i < kSenders; ++i) {
    const net::UdpPort sender(*Endpoint::parse("127.0.0.1:0"));
    ASSERT_EQ(net::DatagramBatch().send(sender.descriptor(), out), 1u);
  }
  const auto end = Clock::now() + std::chrono::seconds(20);
  const auto heard = [&] { return tracker.statistics().answered + tracker.statistics().dropped; };
  while (heard() < kSenders && Clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(tracker.statistics().answered, 1u);
  EXPECT_EQ(tracker.statistics().dropped, kSenders - 1);
}

TEST_F(TrackerThreads, let_nobody_share_their_port) {
  const Tracker tracker(runtime, several_threads());
  auto options = several_threads();
  options.listen = tracker.addresses();
  EXPECT_THROW(Tracker(runtime, options), std::system_error);
}

TEST_F(TrackerThreads, end_with_the_tracker_and_free_its_port) {
  auto options = several_threads();
  for (int turn = 0; turn < 5; ++turn) {
    const Tracker tracker(runtime, options);
    options.listen = tracker.addresses();
    Asker asker(tracker.addresses()[0]);
    EXPECT_TRUE(std::holds_alternative<datagram::RegisterReply>(asker.ask(offer(1, 1))));
  }
}

}  // namespace
}  // namespace shoal::tracker_threads_test
