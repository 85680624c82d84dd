#include "session/metadata_exchange.hpp"

#include <gmock/gmock.h>

#include "hash/sha256.hpp"

namespace shoal::metadata_exchange_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint8_t kTheirId = 77;

Bytes some_bytes(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 251);
  return bytes;
}

Bytes hello(std::optional<std::uint32_t> size, std::uint8_t id = kTheirId) {
  wire::ExtendedHandshake handshake;
  handshake.metadata_id = id;
  handshake.metadata_size = size;
  return wire::encode(handshake);
}

class MetadataExchangeTest : public testing::Test {
 protected:
  void start(std::size_t size, bool fast = true) {
    dictionary = some_bytes(size);
    exchange.emplace(InfoHash{sha256(dictionary).bytes}, fast);
    said();
  }
  Result<void> hears(std::uint8_t id, const Bytes& payload) {
    return exchange->handle(wire::Extended{id, payload});
  }
  Result<void> hears_hello() {
    return hears(0, hello(static_cast<std::uint32_t>(dictionary.size())));
  }
  Result<void> hears_data(std::uint32_t piece) { return hears_data(piece, dictionary); }
  Result<void> hears_data(std::uint32_t piece, const Bytes& from) {
    const std::size_t begin = piece * wire::kMetadataPiece;
    const std::size_t size = std::min(wire::kMetadataPiece, from.size() - begin);
    return hears(wire::kOurMetadataId, wire::encode(wire::MetadataMessage{wire::MetadataData{
                                           piece, static_cast<std::uint32_t>(from.size()),
                                           BytesView(from).subspan(begin, size)}}));
  }
  /// What was written since the last call, decoded.
  std::vector<wire::Message> said() {
    written = std::exchange(exchange->outbox(), {});
    std::vector<wire::Message> messages;
    for (BytesView rest = written; !rest.empty();) {
      const auto step = wire::decode(rest, std::nullopt);
      const auto& [message, used] = std::get<wire::Decoded>(step.value());
      messages.push_back(message);
      rest = rest.subspan(used);
    }
    return messages;
  }
  /// The pieces asked for since the last call.
  std::vector<std::uint32_t> asked() {
    std::vector<std::uint32_t> pieces;
    for (const wire::Message& message : said()) {
      const auto& extended = std::get<wire::Extended>(message);
      EXPECT_EQ(extended.id, kTheirId);
      const auto request = wire::decode_metadata(extended.payload);
      pieces.push_back(std::get<wire::MetadataRequest>(request.value()).piece);
    }
    return pieces;
  }

  Bytes dictionary;
  std::optional<MetadataExchange> exchange;
  Bytes written;
};

TEST_F(MetadataExchangeTest, says_hello_and_that_it_has_nothing) {
  exchange.emplace(InfoHash{}, true);
  const auto messages = said();
  ASSERT_EQ(messages.size(), 2u);
  const auto& extended = std::get<wire::Extended>(messages[0]);
  EXPECT_EQ(extended.id, wire::kExtendedHandshakeId);
  const auto ours = wire::decode_extended_handshake(extended.payload).value();
  EXPECT_EQ(ours.metadata_id, wire::kOurMetadataId);
  EXPECT_EQ(ours.metadata_size, std::nullopt);
  EXPECT_TRUE(std::holds_alternative<wire::HaveNone>(messages[1]));

  exchange.emplace(InfoHash{}, false);
  EXPECT_EQ(said().size(), 1u) << "have none belongs to the fast extension";
}

TEST_F(MetadataExchangeTest, gets_a_dictionary_of_one_piece) {
  start(163);
  ASSERT_TRUE(hears_hello());
  EXPECT_THAT(asked(), ElementsAre(0));
  EXPECT_FALSE(exchange->complete());
  ASSERT_TRUE(hears_data(0));
  EXPECT_TRUE(exchange->complete());
  EXPECT_EQ(exchange->dictionary(), dictionary);
}

TEST_F(MetadataExchangeTest, gets_sizes_around_whole_pieces) {
  for (const std::size_t size : {1, 16383, 16384, 16385, 32768, 32769}) {
    start(size);
    ASSERT_TRUE(hears_hello());
    for (std::uint32_t piece = 0; piece * wire::kMetadataPiece < size; ++piece) {
      EXPECT_FALSE(exchange->complete());
      ASSERT_TRUE(hears_data(piece)) << size;
    }
    EXPECT_TRUE(exchange->complete()) << size;
    EXPECT_EQ(exchange->dictionary(), dictionary);
  }
}

TEST_F(MetadataExchangeTest, keeps_four_requests_open_and_takes_answers_in_any_order) {
  start(6 * wire::kMetadataPiece - 5);
  ASSERT_TRUE(hears_hello());
  EXPECT_THAT(asked(), ElementsAre(0, 1, 2, 3));
  ASSERT_TRUE(hears_data(3));
  EXPECT_THAT(asked(), ElementsAre(4));
  ASSERT_TRUE(hears_data(0));
  EXPECT_THAT(asked(), ElementsAre(5));
  for (const std::uint32_t piece : {5, 1, 4, 2}) ASSERT_TRUE(hears_data(piece));
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_TRUE(exchange->complete());
  EXPECT_EQ(exchange->dictionary(), dictionary);
}

TEST_F(MetadataExchangeTest, memory_grows_with_what_has_come_and_not_with_what_is_promised) {
  start(100);
  ASSERT_TRUE(hears(0, hello(MetadataExchange::kMostBytes)));
  EXPECT_EQ(exchange->dictionary().size(), 4 * wire::kMetadataPiece);
}

TEST_F(MetadataExchangeTest, leaves_a_peer_that_has_no_metadata) {
  for (const Bytes& useless : {hello(std::nullopt), hello(100, 0), hello(0)}) {
    start(100);
    const auto left = hears(0, useless);
    ASSERT_FALSE(left);
    EXPECT_EQ(left.error().code, Errc::not_found);
  }
}

TEST_F(MetadataExchangeTest, refuses_more_than_it_could_take) {
  start(100);
  const auto refused = hears(0, hello(MetadataExchange::kMostBytes + 1));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(MetadataExchange::kMostBytes + 1)));
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(MetadataExchangeTest, notices_wrong_bytes_of_the_right_size) {
  start(20'000);
  ASSERT_TRUE(hears_hello());
  Bytes wrong = dictionary;
  wrong.back() ^= std::byte{1};
  ASSERT_TRUE(hears_data(0, wrong));
  const auto lied = hears_data(1, wrong);
  ASSERT_FALSE(lied);
  EXPECT_EQ(lied.error().code, Errc::unprovable);
  EXPECT_FALSE(exchange->complete());
}

TEST_F(MetadataExchangeTest, refuses_data_of_another_total_size) {
  start(100);
  ASSERT_TRUE(hears_hello());
  const auto refused = hears_data(0, some_bytes(101));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("101"));
  EXPECT_THAT(refused.error().message, HasSubstr("100"));
}

TEST_F(MetadataExchangeTest, refuses_what_it_has_not_asked_for) {
  start(10 * wire::kMetadataPiece);
  EXPECT_FALSE(hears_data(0)) << "before the handshake";

  start(10 * wire::kMetadataPiece);
  ASSERT_TRUE(hears_hello());
  EXPECT_FALSE(hears_data(4)) << "later";

  start(10 * wire::kMetadataPiece);
  ASSERT_TRUE(hears_hello());
  ASSERT_TRUE(hears_data(1));
  EXPECT_FALSE(hears_data(1)) << "twice";
}

TEST_F(MetadataExchangeTest, leaves_a_peer_that_rejects) {
  start(100);
  ASSERT_TRUE(hears_hello());
  const auto left =
      hears(wire::kOurMetadataId, wire::encode(wire::MetadataMessage{wire::MetadataReject{0}}));
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().code, Errc::not_found);
}

TEST_F(MetadataExchangeTest, a_second_handshake_changes_nothing) {
  start(100);
  ASSERT_TRUE(hears_hello());
  said();
  ASSERT_TRUE(hears(0, hello(200, 5)));
  EXPECT_THAT(said(), IsEmpty());
  ASSERT_TRUE(hears_data(0));
  EXPECT_TRUE(exchange->complete());
}

TEST_F(MetadataExchangeTest, ignores_everything_else) {
  start(100);
  ASSERT_TRUE(hears_hello());
  said();
  EXPECT_TRUE(exchange->handle(wire::HaveAll{}));
  EXPECT_TRUE(exchange->handle(wire::Unchoke{}));
  EXPECT_TRUE(exchange->handle(wire::Have{7}));
  EXPECT_TRUE(hears(wire::kOurPexId, some_bytes(30)));
  EXPECT_TRUE(
      hears(wire::kOurMetadataId, wire::encode(wire::MetadataMessage{wire::MetadataOther{9}})));
  EXPECT_TRUE(
      hears(wire::kOurMetadataId, wire::encode(wire::MetadataMessage{wire::MetadataRequest{0}})));
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(MetadataExchangeTest, refuses_what_is_no_bencoding) {
  start(100);
  EXPECT_FALSE(hears(0, some_bytes(40)));
  EXPECT_FALSE(hears(wire::kOurMetadataId, some_bytes(40)));
}

}  // namespace
}  // namespace shoal::metadata_exchange_test
