#include "session/metadata_fetch.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>

#include "hash/sha256.hpp"
#include "net/address.hpp"
#include "net/spawn.hpp"
#include "support/run_awaitable.hpp"
#include "wire/extension.hpp"
#include "wire/handshake.hpp"
#include "wire/messages.hpp"

/// Metadata from scripted peers on loopback.
namespace shoal::metadata_fetch_test {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using testing::HasSubstr;
using wire::MetadataMessage;

constexpr std::uint8_t kTheirId = 3;

Bytes some_bytes(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

/// A peer that does what its script says with each connection.
class ScriptedPeer {
 public:
  enum class Script {
    honest,
    says_nothing,  ///< not even its handshake
    other_file,    ///< the handshake of another file
    no_extensions,
    no_metadata,
    silent_after_hello,
    rejects,
    wrong_bytes,
    endless_haves,  ///< instead of an answer
    endless_frame,  ///< a frame that may be that long, sent slowly
    too_long_frame,
    hangs_up,
  };

  ScriptedPeer(asio::io_context& loop, Script script, Bytes dictionary, const InfoHash& hash)
      : state_(std::make_shared<State>(loop, script, std::move(dictionary), hash)) {
    net::spawn(loop.get_executor(), accept_loop(state_));
  }
  ~ScriptedPeer() {
    std::error_code ignored;
    state_->acceptor.close(ignored);
  }

  [[nodiscard]] Endpoint address() const {
    return net::from_asio(state_->acceptor.local_endpoint());
  }
  [[nodiscard]] int connections() const { return state_->connections; }
  [[nodiscard]] int ended() const { return state_->ended; }

 private:
  struct State {
    State(asio::io_context& loop, Script what, Bytes bytes, const InfoHash& of)
        : acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          script(what),
          dictionary(std::move(bytes)),
          hash(of) {}
    tcp::acceptor acceptor;
    Script script;
    Bytes dictionary;
    InfoHash hash;
    int connections = 0;
    int ended = 0;
  };

  static asio::awaitable<void> accept_loop(std::shared_ptr<State> state) {
    try {
      for (;;) {
        tcp::socket socket = co_await state->acceptor.async_accept(asio::use_awaitable);
        ++state->connections;
        net::spawn(state->acceptor.get_executor(), serve(state, std::move(socket)));
      }
    } catch (const std::system_error&) {
    }
  }

  static asio::awaitable<void> serve(std::shared_ptr<State> state, tcp::socket socket) {
    try {
      co_await talk(*state, socket);
    } catch (const std::system_error&) {
    }
    ++state->ended;
  }

  static asio::awaitable<void> say(tcp::socket& socket, std::uint8_t id, Bytes payload) {
    Bytes frame;
    wire::encode(wire::Extended{id, payload}, frame);
    co_await asio::async_write(socket, asio::buffer(frame), asio::use_awaitable);
  }

  static asio::awaitable<void> talk(State& state, tcp::socket& socket) {
    std::array<std::byte, wire::kHandshakeLength> bytes;
    co_await asio::async_read(socket, asio::buffer(bytes), asio::use_awaitable);
    if (state.script == Script::hangs_up) co_return;
    if (state.script == Script::says_nothing) co_return co_await listen(socket);
    wire::Handshake ours{.info_hash = truncated(state.hash), .peer_id = {}};
    if (state.script == Script::other_file) ours.info_hash.bytes[0] ^= std::byte{1};
    if (state.script == Script::no_extensions) ours.extended = false;
    const auto answer = wire::encode(ours);
    co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);

    wire::ExtendedHandshake hello;
    if (state.script != Script::no_metadata) {
      hello.metadata_id = kTheirId;
      hello.metadata_size = static_cast<std::uint32_t>(state.dictionary.size());
    }
    Bytes first;
    wire::encode(wire::HaveAll{}, first);
    const Bytes bits(100);
    wire::encode(wire::BitfieldMessage{bits}, first);
    co_await asio::async_write(socket, asio::buffer(first), asio::use_awaitable);
    Bytes payload = wire::encode(hello);
    co_await say(socket, wire::kExtendedHandshakeId, std::move(payload));
    co_await answer_requests(state, socket);
  }

  static asio::awaitable<void> answer_requests(State& state, tcp::socket& socket) {
    for (Bytes frame;;) {
      frame.resize(wire::kLengthPrefix);
      co_await asio::async_read(socket, asio::buffer(frame), asio::use_awaitable);
      frame.resize(wire::kLengthPrefix + load_be<std::uint32_t>(frame.data()));
      co_await asio::async_read(socket, asio::buffer(frame) + wire::kLengthPrefix,
                                asio::use_awaitable);
      const auto step = wire::decode(frame, std::nullopt).value();
      const auto* extended = std::get_if<wire::Extended>(&std::get<wire::Decoded>(step).message);
      if (extended == nullptr || extended->id != kTheirId) continue;
      const auto message = wire::decode_metadata(extended->payload).value();
      co_await answer(state, socket, std::get<wire::MetadataRequest>(message).piece);
    }
  }

  static asio::awaitable<void> answer(State& state, tcp::socket& socket, std::uint32_t piece) {
    Bytes frame;
    Bytes source = state.dictionary;
    switch (state.script) {
      case Script::silent_after_hello:
        co_return co_await listen(socket);
      case Script::endless_haves:
        for (;;) {
          frame.clear();
          for (int i = 0; i < 1000; ++i) wire::encode(wire::Have{1}, frame);
          co_await asio::async_write(socket, asio::buffer(frame), asio::use_awaitable);
        }
      case Script::endless_frame:
        frame.resize(100);
        store_be<std::uint32_t>(17 * 1024, frame.data());
        frame[4] = std::byte{20};
        co_await asio::async_write(socket, asio::buffer(frame), asio::use_awaitable);
        co_return co_await listen(socket);
      case Script::too_long_frame:
        frame.resize(5, std::byte{20});
        store_be<std::uint32_t>(1 << 30, frame.data());
        co_await asio::async_write(socket, asio::buffer(frame), asio::use_awaitable);
        co_return co_await listen(socket);
      case Script::rejects: {
        Bytes reject = wire::encode(MetadataMessage{wire::MetadataReject{piece}});
        co_return co_await say(socket, wire::kOurMetadataId, std::move(reject));
      }
      case Script::wrong_bytes:
        source[0] ^= std::byte{1};
        break;
      default:
        break;
    }
    const std::size_t begin = piece * wire::kMetadataPiece;
    const std::size_t size = std::min(wire::kMetadataPiece, source.size() - begin);
    Bytes data = wire::encode(MetadataMessage{wire::MetadataData{
        piece, static_cast<std::uint32_t>(source.size()), BytesView(source).subspan(begin, size)}});
    co_await say(socket, wire::kOurMetadataId, std::move(data));
  }

  static asio::awaitable<void> listen(tcp::socket& socket) {
    for (std::array<std::byte, 1000> bytes;;) {
      co_await socket.async_read_some(asio::buffer(bytes), asio::use_awaitable);
    }
  }

  std::shared_ptr<State> state_;
};

using Script = ScriptedPeer::Script;

class MetadataFetchTest : public testing::Test {
 protected:
  ScriptedPeer& peer(Script script) {
    return *peers.emplace_back(std::make_unique<ScriptedPeer>(loop, script, dictionary, hash));
  }
  void make(const MetadataLimits& limits = {}) {
    fetch = std::make_shared<MetadataFetch>(loop.get_executor(), hash, PeerId{}, limits);
  }
  void add(const ScriptedPeer& one) {
    const Endpoint address = one.address();
    fetch->add_peers(std::span(&address, 1));
  }
  void wait(Duration most = 20s) { test::run(loop, fetch->wait(most)); }
  /// Until nobody is asked any more.
  bool until_idle() {
    return test::run_until(loop, [&] { return fetch->idle(); });
  }

  asio::io_context loop;
  Bytes dictionary = some_bytes(40'000);
  InfoHash hash{sha256(dictionary).bytes};
  std::vector<std::unique_ptr<ScriptedPeer>> peers;
  std::shared_ptr<MetadataFetch> fetch;
};

TEST_F(MetadataFetchTest, gets_the_dictionary_and_closes_the_connection) {
  ScriptedPeer& honest = peer(Script::honest);
  make();
  add(honest);
  wait();
  ASSERT_TRUE(fetch->found());
  EXPECT_EQ(*fetch->found(), dictionary);
  EXPECT_TRUE(test::run_until(loop, [&] { return honest.ended() == 1; }));
  EXPECT_TRUE(until_idle());
}

TEST_F(MetadataFetchTest, peers_may_come_later) {
  make();
  wait(1ms);
  EXPECT_FALSE(fetch->found());
  EXPECT_TRUE(fetch->idle());
  add(peer(Script::honest));
  wait();
  EXPECT_TRUE(fetch->found());
}

TEST_F(MetadataFetchTest, peers_that_are_of_no_use_end_with_a_reason) {
  const std::pair<Script, const char*> cases[] = {
      {Script::other_file, "no handshake for this file"},
      {Script::no_extensions, "no extensions"},
      {Script::no_metadata, "no metadata"},
      {Script::rejects, "does not give"},
      {Script::wrong_bytes, "does not have the info hash"},
      {Script::too_long_frame, "length 1073741824"},
      {Script::hangs_up, "End of file"},
  };
  for (const auto& [script, reason] : cases) {
    make();
    ScriptedPeer& useless = peer(script);
    add(useless);
    ASSERT_TRUE(until_idle()) << reason;
    EXPECT_FALSE(fetch->found());
    ASSERT_TRUE(fetch->failure()) << reason;
    EXPECT_THAT(fetch->failure()->message, HasSubstr(reason));
    EXPECT_THAT(fetch->failure()->message, HasSubstr(useless.address().to_string()));
    EXPECT_EQ(fetch->failure()->code == Errc::unprovable, script == Script::wrong_bytes);
    fetch->close();
  }
}

TEST_F(MetadataFetchTest, peers_that_keep_it_waiting_are_left_in_time) {
  for (const Script script : {Script::says_nothing, Script::silent_after_hello,
                              Script::endless_haves, Script::endless_frame}) {
    make({.at_once = 6, .greeting = 150ms, .total = 300ms});
    add(peer(script));
    ASSERT_FALSE(fetch->idle());
    ASSERT_TRUE(until_idle()) << static_cast<int>(script);
    EXPECT_FALSE(fetch->found());
    EXPECT_TRUE(fetch->failure());
    fetch->close();
  }
}

TEST_F(MetadataFetchTest, one_honest_peer_among_bad_ones_is_enough) {
  make({.at_once = 3, .greeting = 150ms, .total = 300ms});
  for (const Script script : {Script::says_nothing, Script::silent_after_hello,
                              Script::endless_haves, Script::wrong_bytes, Script::rejects,
                              Script::hangs_up, Script::no_metadata, Script::honest}) {
    add(peer(script));
  }
  wait();
  ASSERT_TRUE(fetch->found());
  EXPECT_EQ(*fetch->found(), dictionary);
}

TEST_F(MetadataFetchTest, no_more_are_asked_at_once_than_allowed) {
  make({.at_once = 2, .greeting = 10s, .total = 10s});
  for (int i = 0; i < 5; ++i) add(peer(Script::says_nothing));
  wait(100ms);
  int connections = 0;
  for (const auto& one : peers) connections += one->connections();
  EXPECT_EQ(connections, 2);
  fetch->close();
}

TEST_F(MetadataFetchTest, a_peer_that_has_failed_is_asked_again_and_a_liar_is_not) {
  make();
  ScriptedPeer& refusing = peer(Script::no_metadata);
  ScriptedPeer& liar = peer(Script::wrong_bytes);
  add(refusing);
  add(liar);
  const auto fetching = fetch;
  net::spawn(loop.get_executor(), fetching->wait(20s));
  EXPECT_TRUE(test::run_until(loop, [&] { return refusing.connections() >= 2; }));
  EXPECT_EQ(liar.connections(), 1);
  EXPECT_EQ(fetch->failure()->code, Errc::unprovable) << "the worst is what is told";
  fetch->close();
}

TEST_F(MetadataFetchTest, closing_ends_everything_at_once) {
  make();
  ScriptedPeer& silent = peer(Script::says_nothing);
  add(silent);
  ASSERT_TRUE(test::run_until(loop, [&] { return silent.connections() == 1; }));
  fetch->close();
  wait();
  EXPECT_TRUE(until_idle());
  EXPECT_TRUE(test::run_until(loop, [&] { return silent.ended() == 1; }));
  add(peer(Script::honest));
  EXPECT_TRUE(fetch->idle());
  EXPECT_FALSE(fetch->found());
}

}  // namespace
}  // namespace shoal::metadata_fetch_test
