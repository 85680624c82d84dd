#include "support/capture.hpp"

#include <algorithm>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace shoal::test {

std::optional<Descriptor> Capture::socket() {
  Descriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  sockaddr_ll loopback{};
  loopback.sll_family = AF_PACKET;
  loopback.sll_protocol = htons(ETH_P_ALL);
  loopback.sll_ifindex = static_cast<int>(::if_nametoindex("lo"));
  if (!socket.is_open() ||
      ::bind(socket.get(), reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) != 0) {
    return std::nullopt;
  }
  const int room = 64 << 20;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  return socket;
}

Capture::Capture(Descriptor socket, std::vector<Bytes> needles)
    : socket_(std::move(socket)), needles_(std::move(needles)), thread_([this] { watch(); }) {}

Capture::~Capture() {
  stopping_ = true;
}

Capture::Seen Capture::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  return seen_;
}

void Capture::watch() {
  constexpr int kMoment = 50;  // ms: what has been sent before stop() is seen
  Bytes packet(1 << 17);
  pollfd polled{socket_.get(), POLLIN, 0};
  for (bool last = false; !last;) {
    last = stopping_;
    while (::poll(&polled, 1, kMoment) == 1) {
      const ssize_t size = ::recv(socket_.get(), packet.data(), packet.size(), 0);
      if (size <= 0) break;
      const BytesView bytes = BytesView(packet).first(static_cast<std::size_t>(size));
      seen_.bytes += bytes.size();
      seen_.needles += std::ranges::any_of(needles_, [&](const Bytes& needle) {
        return as_text(bytes).find(as_text(needle)) != std::string_view::npos;
      });
    }
  }
}

}  // namespace shoal::test
