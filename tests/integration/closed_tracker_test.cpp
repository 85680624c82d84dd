// What comes to the port of a closed swarm's tracker from somebody who sees and sends datagrams.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "datagram/datagram.hpp"
#include "integration/closed_swarm.hpp"
#include "secure/sealed_talk.hpp"
#include "support/loopback_socket.hpp"

namespace shoal::test::closed_tracker_test {
namespace {

using datagram::ConnectionId;
using datagram::Request;
using secure::SealedClient;

class ClosedTracker : public ClosedSwarm {
 protected:
  ClosedTracker() : member_(read(key_)), socket_(SOCK_DGRAM, *Endpoint::parse(address_)) {}

  /// Each one has a transaction id of its own.
  Bytes plain(const Request& request, ConnectionId connection = {}) {
    Bytes bytes;
    transaction_ = datagram::TransactionId{static_cast<std::uint32_t>(transaction_) + 1};
    datagram::encode(datagram::RequestDatagram{connection, transaction_, request}, bytes);
    return bytes;
  }
  Bytes sealed(const Request& request, ConnectionId connection = {}) {
    Bytes bytes;
    member_.seal(plain(request, connection), bytes);
    return bytes;
  }
  datagram::ReplyDatagram opened(const Bytes& answer) {
    const auto inside = member_.open(answer);
    if (!inside) throw std::runtime_error("no answer to us");
    return datagram::decode_reply(*inside, false).value();
  }
  /// The first thing that comes after that was sent, which has to be the answer.
  datagram::Reply answer_to(const Request& request, ConnectionId connection = {}) {
    socket_.send(sealed(request, connection));
    const auto transaction = transaction_;
    auto answer = opened(socket_.receive());
    if (answer.transaction != transaction) throw std::runtime_error("an answer to something else");
    return std::move(answer.reply);
  }
  ConnectionId connect() {
    return std::get<datagram::ConnectReply>(answer_to(datagram::ConnectRequest{})).connection;
  }
  /// The tracker answers in order, so the first answer that comes, to something else, is what
  /// shows that there was none to all of these.
  void expect_silence_after(const std::vector<Bytes>& datagrams) {
    for (const Bytes& one : datagrams) socket_.send(one);
    EXPECT_NO_THROW(connect()) << "something else was answered, too";
  }
  static datagram::RegisterRequest offer() {
    datagram::RegisterRequest request;
    request.port = 7000;
    request.complete = true;
    request.file = {.name = "a.bin", .length = 100, .piece_length = 16 << 10, .root = {}};
    request.file.root.bytes[0] = std::byte{1};
    return request;
  }
  std::uint32_t seeders_of(const std::string& name) {
    datagram::LookupRequest lookup;
    lookup.name = name;
    const auto reply = answer_to(lookup, connect());
    const auto* found = std::get_if<datagram::LookupReply>(&reply);
    return found != nullptr ? found->seeders : 0;
  }
  void restart_tracker() {
    tracker_.signal(SIGINT);
    ASSERT_EQ(tracker_.wait_for_exit(), 0);
    again_.emplace(start_tracker({"--listen", address_, "--key", key_}));
    again_->wait_for("listening");
  }

  SealedClient member_;
  LoopbackSocket socket_;
  datagram::TransactionId transaction_{};
  std::optional<Program> again_;
};

TEST_F(ClosedTracker, has_no_answer_to_what_does_not_open) {
  SealedClient stranger(read(new_key("other.key")));
  Bytes of_stranger;
  stranger.seal(plain(datagram::ConnectRequest{}), of_stranger);
  const Bytes right = sealed(datagram::ConnectRequest{});
  std::vector<Bytes> wrong{{},
                           plain(datagram::ConnectRequest{}),
                           of_stranger,
                           Bytes(1, std::byte{0x51}),
                           Bytes(2048, std::byte{0x51}),
                           Bytes(9000, std::byte{0x51}),
                           Bytes(right.begin(), right.end() - 1)};
  for (const std::size_t at : {0u, 1u, 5u, 21u, 28u, 29u, 40u}) {
    wrong.push_back(right);
    wrong.back()[at] ^= std::byte{1};
  }
  expect_silence_after(wrong);
}

TEST_F(ClosedTracker, has_no_answer_to_what_it_heard_already_in_whatever_order) {
  const Bytes first = sealed(datagram::ConnectRequest{});
  const Bytes second = sealed(datagram::ConnectRequest{});
  for (const Bytes& one : {second, first}) {
    socket_.send(one);
    EXPECT_NO_THROW(opened(socket_.receive())) << "overtaken, not repeated";
  }
  expect_silence_after({first, second});
}

TEST_F(ClosedTracker, has_no_answer_to_its_own_answers) {
  socket_.send(sealed(datagram::ConnectRequest{}));
  const Bytes answer = socket_.receive();
  Bytes turned = answer;
  turned[0] = static_cast<std::byte>(secure::Direction::question);
  expect_silence_after({answer, turned});
}

// It opens what was recorded, since it remembers nothing, and then the connection id is worthless.
TEST_F(ClosedTracker, believes_nothing_recorded_after_a_restart) {
  const Bytes offered = sealed(offer(), connect());
  socket_.send(offered);
  EXPECT_TRUE(std::holds_alternative<datagram::RegisterReply>(opened(socket_.receive()).reply));
  EXPECT_EQ(seeders_of("a.bin"), 1u);
  restart_tracker();
  expect_silence_after({offered});
  EXPECT_EQ(seeders_of("a.bin"), 0u);
}

TEST_F(ClosedTracker, believes_nothing_that_was_meant_for_another_one) {
  const Bytes offered = sealed(offer(), connect());
  Program other = start_tracker({"--key", key_});
  const LoopbackSocket there(SOCK_DGRAM, *Endpoint::parse(address_of(other)));
  there.send(offered);
  there.send(sealed(datagram::ConnectRequest{}));
  EXPECT_EQ(opened(there.receive()).transaction, transaction_) << "the first answer is to that";
}

}  // namespace
}  // namespace shoal::test::closed_tracker_test
