#include "support/tracker_talk.hpp"

#include <stdexcept>

#include "support/loopback_socket.hpp"

namespace shoal::test {
namespace {

constexpr datagram::TransactionId kTransaction{0x5407};

datagram::Reply ask(const LoopbackSocket& socket, datagram::ConnectionId connection,
                    const datagram::Request& request) {
  Bytes bytes;
  datagram::encode(datagram::RequestDatagram{connection, kTransaction, request}, bytes);
  socket.send(bytes);
  auto reply = datagram::decode_reply(socket.receive(), false);
  if (!reply) throw std::runtime_error("the tracker: " + reply.error().message);
  if (reply->transaction != kTransaction) throw std::runtime_error("a wrong transaction id");
  return std::move(reply->reply);
}

}  // namespace

datagram::Reply ask_tracker(const std::string& tracker, const datagram::Request& request) {
  const LoopbackSocket socket(SOCK_DGRAM, Endpoint::parse(tracker).value());
  const datagram::Reply connected = ask(socket, {}, datagram::ConnectRequest{});
  return ask(socket, std::get<datagram::ConnectReply>(connected).connection, request);
}

void register_at_tracker(const std::string& tracker, const datagram::RegisterRequest& request) {
  if (!std::holds_alternative<datagram::RegisterReply>(ask_tracker(tracker, request))) {
    throw std::runtime_error("the tracker does not take " + request.file.name);
  }
}

}  // namespace shoal::test
