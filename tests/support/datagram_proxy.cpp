#include "support/datagram_proxy.hpp"

#include <span>
#include <stdexcept>
#include <utility>

#include <asio/post.hpp>

#include "datagram/datagram.hpp"
#include "net/address.hpp"
#include "net/spawn.hpp"

namespace shoal::test {
namespace {

void pass_on(net::UdpSocket& socket, const asio::ip::udp::endpoint& to, BytesView bytes) {
  const net::Outgoing out{to, Bytes(bytes.begin(), bytes.end())};
  socket.send(std::span(&out, 1));
}

asio::ip::udp::endpoint udp(const Endpoint& endpoint) {
  return {asio::ip::make_address(endpoint.address.to_string()), endpoint.port};
}

}  // namespace

DatagramProxy::DatagramProxy(const std::string& tracker)
    : tracker_(udp(Endpoint::parse(tracker).value())),
      front_(loop_.get_executor(), *Endpoint::parse("127.0.0.1:0")) {
  open_behind(*IpAddress::parse("127.0.0.1"));
  net::spawn(loop_.get_executor(), forward());
  thread_ = std::jthread([this] { loop_.run(); });
}

DatagramProxy::~DatagramProxy() {
  loop_.stop();
}

void DatagramProxy::lose(unsigned percent) {
  asio::post(loop_, [this, percent] { percent_ = percent; });
}

void DatagramProxy::move_to(const IpAddress& address) {
  asio::post(loop_, [this, address] { open_behind(address); });
}

DatagramProxy::Seen DatagramProxy::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

void DatagramProxy::wait_until(const std::function<bool(const Seen&)>& condition,
                               std::chrono::seconds patience) const {
  std::unique_lock lock(mutex_);
  if (!news_.wait_for(lock, patience, [&] { return condition(seen_); })) {
    throw std::runtime_error("the proxy does not see the datagrams it waits for");
  }
}

// ---- on the proxy's own thread

void DatagramProxy::open_behind(const IpAddress& address) {
  if (behind_) behind_->close();
  behind_ = std::make_shared<net::UdpSocket>(loop_.get_executor(), Endpoint{address, 0});
  net::spawn(loop_.get_executor(), bring_back(behind_));
}

asio::awaitable<void> DatagramProxy::forward() {
  for (;;) {
    const bool open = co_await front_.wait_readable();
    if (!open) co_return;
    for (const net::Received& received : front_.receive()) {
      program_ = received.from;
      note(received.bytes);
      if (!is_lost()) pass_on(*behind_, tracker_, received.bytes);
    }
  }
}

asio::awaitable<void> DatagramProxy::bring_back(std::shared_ptr<net::UdpSocket> behind) {
  for (;;) {
    const bool open = co_await behind->wait_readable();
    if (!open) co_return;
    for (const net::Received& received : behind->receive()) {
      if (!is_lost()) pass_on(front_, program_, received.bytes);
    }
  }
}

void DatagramProxy::note(BytesView datagram) {
  const auto decoded = datagram::decode_request(datagram);
  const std::lock_guard lock(mutex_);
  ++seen_.datagrams;
  if (decoded) {
    const datagram::Request& request = decoded->request;
    if (std::holds_alternative<datagram::RegisterRequest>(request)) ++seen_.registrations;
    if (std::holds_alternative<datagram::HeartbeatRequest>(request)) ++seen_.heartbeats;
    if (std::holds_alternative<datagram::LookupRequest>(request)) ++seen_.lookups;
  }
  news_.notify_all();
}

}  // namespace shoal::test
