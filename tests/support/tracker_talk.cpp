#include "support/tracker_talk.hpp"

#include <stdexcept>

#include "support/loopback_socket.hpp"

namespace shoal::test {
namespace {

constexpr datagram::TransactionId kTransaction{0x5407};

datagram::Reply ask_from(const std::string& host, const std::string& tracker,
                         const datagram::Request& request, datagram::ConnectionId connection) {
  const LoopbackSocket socket(SOCK_DGRAM, Endpoint::parse(tracker).value(), (host + ":0").c_str());
  Bytes bytes;
  datagram::encode(datagram::RequestDatagram{connection, kTransaction, request}, bytes);
  socket.send(bytes);
  auto reply = datagram::decode_reply(socket.receive(), false);
  if (!reply) throw std::runtime_error("the tracker: " + reply.error().message);
  if (reply->transaction != kTransaction) throw std::runtime_error("a wrong transaction id");
  return std::move(reply->reply);
}

}  // namespace

datagram::Reply ask_tracker(const std::string& tracker, const datagram::Request& request,
                            datagram::ConnectionId connection) {
  return ask_from("127.0.0.1", tracker, request, connection);
}

datagram::ConnectionId connect_to_tracker(const std::string& tracker) {
  const datagram::Reply connected = ask_tracker(tracker, datagram::ConnectRequest{}, {});
  return std::get<datagram::ConnectReply>(connected).connection;
}

datagram::Reply ask_tracker(const std::string& tracker, const datagram::Request& request) {
  return ask_tracker(tracker, request, connect_to_tracker(tracker));
}

void register_at_tracker(const std::string& tracker, const datagram::RegisterRequest& request,
                         const std::string& host) {
  const datagram::Reply connected = ask_from(host, tracker, datagram::ConnectRequest{}, {});
  const auto id = std::get<datagram::ConnectReply>(connected).connection;
  if (!std::holds_alternative<datagram::RegisterReply>(ask_from(host, tracker, request, id))) {
    throw std::runtime_error("the tracker does not take " + request.file.name);
  }
}

}  // namespace shoal::test
