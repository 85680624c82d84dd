#include "net/stream.hpp"

#include <algorithm>
#include <deque>
#include <functional>

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>

#include "net/address.hpp"
#include "net/listener.hpp"
#include "net/tls_context.hpp"
#include "secure/tls_error.hpp"
#include "support/run_awaitable.hpp"
#include "unit/secure/keys_for_tests.hpp"

namespace shoal::net::stream_test {
namespace {

using secure::TlsErrc;

TlsContextPtr tls(asio::io_context& loop, int key) {
  return std::make_shared<TlsContext>(loop.get_executor(), secure::ring_of(key));
}

/// A listener and what becomes of one connection to it.
class StreamTest : public testing::TestWithParam<bool> {
 protected:
  static asio::awaitable<void> accept(Listener& listener, std::optional<Stream>& into,
                                      std::optional<std::error_code>& outcome) {
    into.emplace(co_await listener.accept());
    outcome = co_await failure_of(into->secure());
  }
  static asio::awaitable<std::error_code> failure_of(asio::awaitable<void> work) {
    try {
      co_await std::move(work);
    } catch (const std::system_error& failure) {
      co_return failure.code();
    }
    co_return std::error_code();
  }
  std::error_code connect() {
    spawn(loop.get_executor(), accept(listener, there, accepted));
    const auto dialled = test::run(loop, failure_of(here.connect(listener.address())));
    test::run_until(loop, [&] { return accepted.has_value(); });
    return dialled;
  }

  static asio::awaitable<void> send(Stream& from, BytesView bytes, std::vector<std::size_t> cuts) {
    std::vector<asio::const_buffer> buffers;
    for (const std::size_t cut : cuts) {
      buffers.emplace_back(bytes.data(), std::min(cut, bytes.size()));
      bytes = bytes.subspan(std::min(cut, bytes.size()));
    }
    buffers.emplace_back(bytes.data(), bytes.size());
    co_await from.write(buffers);
  }
  static asio::awaitable<void> receive(Stream& at, Bytes& into) {
    while (into.size() < into.capacity()) {
      Bytes room(50'000);
      std::size_t size = at.read_available(room);
      if (size == 0) size = co_await at.read_some(room);
      into.insert(into.end(), room.begin(), room.begin() + static_cast<long>(size));
    }
  }

  asio::io_context loop;
  const TlsContextPtr ours = GetParam() ? tls(loop, 1) : nullptr;
  Listener listener{loop.get_executor(), Endpoint::parse("127.0.0.1:0"), ours};
  Stream here{loop.get_executor(), ours};
  std::optional<Stream> there;
  std::optional<std::error_code> accepted;
};

INSTANTIATE_TEST_SUITE_P(, StreamTest, testing::Bool(),
                         [](const auto& suite) { return suite.param ? "tls" : "plain"; });

TEST_P(StreamTest, brings_gathered_buffers_in_order_and_whole) {
  ASSERT_FALSE(connect());
  Bytes sent(3'000'000);
  std::uint32_t state = 1;
  for (std::byte& b : sent)
    b = std::byte(static_cast<unsigned char>((state = state * 1664525 + 1013904223) >> 24));
  Bytes got;
  got.reserve(sent.size());
  bool arrived = false;
  spawn(loop.get_executor(), send(here, sent, {13, 16384, 0, 13, 16384, 1, 500'000}));
  spawn(loop.get_executor(), test::detail::keep(receive(*there, got), arrived));
  ASSERT_TRUE(test::run_until(loop, [&] { return arrived; }));
  EXPECT_EQ(got, sent);
}

TEST_P(StreamTest, writes_more_buffers_than_a_system_call_takes) {
  ASSERT_FALSE(connect());
  Bytes sent(2'000'000);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i * 131 >> 5);
  std::vector<std::size_t> cuts;
  for (std::size_t i = 0; i < 300; ++i) cuts.push_back(i % 3 == 0 ? 0 : i * 37 % 9000);
  Bytes got;
  got.reserve(sent.size());
  bool arrived = false;
  spawn(loop.get_executor(), send(here, sent, cuts));
  spawn(loop.get_executor(), test::detail::keep(receive(*there, got), arrived));
  ASSERT_TRUE(test::run_until(loop, [&] { return arrived; }));
  EXPECT_EQ(got, sent);
}

TEST_P(StreamTest, is_readable_when_bytes_have_come_and_at_the_end) {
  ASSERT_FALSE(connect());
  bool readable = false;
  spawn(loop.get_executor(), test::detail::keep(there->readable(), readable));
  for (int i = 0; i < 10; ++i) loop.poll();
  EXPECT_FALSE(readable);
  test::run(loop, send(here, as_bytes("bye"), {}));
  ASSERT_TRUE(test::run_until(loop, [&] { return readable; }));
  Bytes into(10);
  EXPECT_EQ(there->read_available(into), 3u);
  EXPECT_EQ(there->read_available(into), 0u);
  here.close();
  test::run(loop, there->readable());
  EXPECT_THROW(static_cast<void>(there->read_available(into)), std::system_error);
}

TEST_P(StreamTest, writes_nothing_at_once) {
  ASSERT_FALSE(connect());
  EXPECT_FALSE(test::run(loop, failure_of(here.write({}))));
}

TEST_P(StreamTest, reads_exactly_what_is_asked_for) {
  ASSERT_FALSE(connect());
  const Bytes words = secure::bytes_of("handshake and more");
  test::run(loop, send(here, words, {}));
  Bytes into(9);
  test::run(loop, there->read_exactly(into));
  EXPECT_EQ(as_text(into), "handshake");
  into.resize(9);
  test::run(loop, there->read_exactly(into));
  EXPECT_EQ(as_text(into), " and more");
}

TEST_P(StreamTest, closed_on_one_side_is_the_end_on_the_other) {
  ASSERT_FALSE(connect());
  test::run(loop, send(here, as_bytes("bye"), {}));
  here.close();
  Bytes into(3);
  test::run(loop, there->read_exactly(into));
  EXPECT_EQ(test::run(loop, failure_of(there->read_exactly(into))), asio::error::eof);
}

class TlsStreamTest : public StreamTest {};
INSTANTIATE_TEST_SUITE_P(, TlsStreamTest, testing::Values(true));

TEST_P(TlsStreamTest, does_not_connect_with_another_key) {
  Stream stranger(loop.get_executor(), tls(loop, 2));
  spawn(loop.get_executor(), accept(listener, there, accepted));
  EXPECT_EQ(test::run(loop, failure_of(stranger.connect(listener.address()))), TlsErrc::refused);
  test::run_until(loop, [&] { return accepted.has_value(); });
  EXPECT_EQ(*accepted, TlsErrc::no_common_key);
}

TEST_P(TlsStreamTest, does_not_take_a_plain_peer) {
  Stream plain(loop.get_executor());
  spawn(loop.get_executor(), accept(listener, there, accepted));
  test::run(loop, plain.connect(listener.address()));
  test::run(loop, send(plain,
                       as_bytes("\x13"
                                "BitTorrent protocol, and what follows it"),
                       {}));
  test::run_until(loop, [&] { return accepted.has_value(); });
  EXPECT_EQ(*accepted, TlsErrc::not_tls);
  there.reset();
  Bytes into(1);
  EXPECT_EQ(test::run(loop, failure_of(plain.read_exactly(into))), asio::error::eof)
      << "not a byte in answer, and no reset";
}

TEST_P(TlsStreamTest, takes_an_end_without_a_goodbye_for_a_cut) {
  ASSERT_FALSE(connect());
  test::run(loop, send(*there, as_bytes("half a piece"), {}));
  there.reset();  // the socket goes, and nothing is said
  Bytes into(12);
  test::run(loop, here.read_exactly(into));
  EXPECT_EQ(as_text(into), "half a piece");
  EXPECT_EQ(test::run(loop, failure_of(here.read_exactly(into))), TlsErrc::cut);
}

TEST_P(TlsStreamTest, notices_when_the_handshake_is_cut) {
  // A relay between the two, which ends in the middle of a record.
  asio::ip::tcp::acceptor acceptor(loop, {asio::ip::make_address("127.0.0.1"), 0});
  asio::ip::tcp::socket relay(loop);
  acceptor.async_accept(relay, [](std::error_code) {});
  Stream dialler(loop.get_executor(), tls(loop, 1));
  bool ended = false;
  const auto dial = [](Stream& stream, Endpoint to, bool& done) -> asio::awaitable<void> {
    const auto failure = co_await failure_of(stream.connect(to));
    done = failure == TlsErrc::cut;
  };
  spawn(loop.get_executor(), dial(dialler, from_asio(acceptor.local_endpoint()), ended));
  test::run_until(loop, [&] { return relay.is_open() && relay.available() > 0; });
  const std::array<unsigned char, 7> half{22, 3, 3, 0, 100, 2, 0};  // of a server's hello
  asio::write(relay, asio::buffer(half));
  std::array<char, 4096> ignored;
  relay.read_some(asio::buffer(ignored));
  relay.close();
  EXPECT_TRUE(test::run_until(loop, [&] { return ended; }));
}

TEST_P(TlsStreamTest, waits_for_a_silent_peer_until_it_is_closed) {
  Stream silent(loop.get_executor());
  spawn(loop.get_executor(), accept(listener, there, accepted));
  test::run(loop, silent.connect(listener.address()));
  ASSERT_TRUE(test::run_until(loop, [&] { return there.has_value(); }));
  for (int i = 0; i < 10; ++i) loop.poll();
  EXPECT_FALSE(accepted);
  there->close();
  ASSERT_TRUE(test::run_until(loop, [&] { return accepted.has_value(); }));
  EXPECT_EQ(*accepted, asio::error::operation_aborted);
}

// ---- many at once -----------------------------------------------------------

/// Goes on in every round of the loop, as everything does that is ready.
asio::awaitable<void> count_rounds(asio::any_io_executor executor, std::function<bool()> goes_on) {
  while (goes_on()) co_await asio::post(executor, asio::use_awaitable);
}

TEST_P(TlsStreamTest, many_shake_hands_at_once_and_everything_else_goes_on_between_them) {
  constexpr std::size_t kMany = 300;
  const auto executor = loop.get_executor();
  std::deque<Stream> dialling;
  std::deque<std::optional<Stream>> accepting(kMany);
  std::deque<std::optional<std::error_code>> outcomes(kMany);
  const TlsContextPtr others = tls(loop, 1);
  const Endpoint to = listener.address();
  for (std::size_t i = 0; i < kMany; ++i) {
    spawn(executor, accept(listener, accepting[i], outcomes[i]));
    dialling.emplace_back(executor, others);
    spawn(executor, dialling.back().connect(to));
  }
  std::size_t done = 0;
  std::size_t most_in_a_round = 0;
  spawn(executor, count_rounds(executor, [&] {
          const auto now = static_cast<std::size_t>(std::ranges::count_if(
              outcomes, [](const auto& outcome) { return outcome.has_value(); }));
          most_in_a_round = std::max(most_in_a_round, now - done);
          done = now;
          return done < kMany;
        }));
  ASSERT_TRUE(test::run_until(loop, [&] { return done == kMany; }));
  for (const auto& outcome : outcomes) EXPECT_FALSE(*outcome) << outcome->message();
  EXPECT_LE(most_in_a_round, Turns::kFew);
}

}  // namespace
}  // namespace shoal::net::stream_test
