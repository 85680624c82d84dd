#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "registry/responder.hpp"

// Datagrams through the tracker without its sockets: 10,000 files, 100,000 peers, one core.

namespace shoal::registry {
namespace {

constexpr std::uint32_t kFiles = 10'000;
constexpr std::uint32_t kPeersPerFile = 10;
constexpr std::uint32_t kClients = 1'000;

FileInfo file(std::uint32_t number) {
  FileInfo info{"some file with a name of usual length " + std::to_string(number) + ".iso",
                1 << 30,
                2 << 20,
                {}};
  store_be(number, info.root.bytes.data());
  return info;
}

Endpoint endpoint(std::uint32_t number) {
  IpAddress::V4 bytes;
  store_be(0x0a000000u + number, bytes.data());
  return {IpAddress(bytes), 6881};
}

PeerId peer_id(std::uint32_t number) {
  PeerId id;
  store_be(number, id.bytes.data() + 16);
  return id;
}

struct Tracker {
  Responder responder;
  Time now = Time{} + std::chrono::hours(1);
  Bytes out;

  Tracker() : responder({}, SipKey{}) {
    for (std::uint32_t peer = 0; peer < kFiles * kPeersPerFile; ++peer) {
      const Endpoint from = endpoint(peer);
      const datagram::RegisterRequest request{peer_id(peer), from.port, true, file(peer % kFiles)};
      (void)responder.answer(encoded(from, request), from, now, out);
    }
  }
  Bytes encoded(const Endpoint& from, const datagram::Request& request) {
    Bytes connect, bytes;
    datagram::encode(datagram::RequestDatagram{{}, {}, datagram::ConnectRequest{}}, connect);
    (void)responder.answer(connect, from, now, out);
    const auto reply = datagram::decode_reply(out, false);
    const auto id = std::get<datagram::ConnectReply>(reply->reply).connection;
    datagram::encode(datagram::RequestDatagram{id, {}, request}, bytes);
    return bytes;
  }
};

struct Asked {
  Endpoint from;
  Bytes bytes;
};

/// Answers requests that `make(number)` gives, each from a random client.
template <class Make>
void measure(benchmark::State& state, Make make) {
  static Tracker tracker;
  std::mt19937 random(1);
  std::vector<Asked> asked;
  for (std::uint32_t i = 0; i < kFiles; ++i) {
    const std::uint32_t client = static_cast<std::uint32_t>(random() % kClients);
    const Endpoint from = endpoint((1u << 20) + client);
    asked.push_back(
        {from, tracker.encoded(from, make(static_cast<std::uint32_t>(random()) % kFiles, client))});
  }
  std::size_t next = 0, bytes = 0;
  for (auto _ : state) {
    const Asked& request = asked[next++ % asked.size()];
    if (!tracker.responder.answer(request.bytes, request.from, tracker.now, tracker.out))
      state.SkipWithError("no answer");
    bytes += tracker.out.size();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void lookup(benchmark::State& state) {
  measure(state, [](std::uint32_t number, std::uint32_t client) {
    return datagram::LookupRequest{peer_id(client), file(number).name};
  });
}
BENCHMARK(lookup);

void lookup_any(benchmark::State& state) {
  measure(state, [](std::uint32_t number, std::uint32_t client) {
    return datagram::LookupRequest{peer_id(client), file(number).name, datagram::Kinds::all};
  });
}
BENCHMARK(lookup_any);

void heartbeat_of_unknown_host(benchmark::State& state) {
  measure(state, [](std::uint32_t, std::uint32_t client) {
    return datagram::HeartbeatRequest{peer_id(client), 1, {}};
  });
}
BENCHMARK(heartbeat_of_unknown_host);

void announce(benchmark::State& state) {
  measure(state, [](std::uint32_t number, std::uint32_t client) {
    datagram::AnnounceRequest request;
    request.info_hash = truncated(info_hash(file(number)));
    request.peer_id = peer_id(client);
    request.left = 1;
    request.port = 7000;
    return request;
  });
}
BENCHMARK(announce);

}  // namespace
}  // namespace shoal::registry
