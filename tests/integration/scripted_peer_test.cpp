// A peer that is written here message by message, for what stock clients do rarely or never.
#include <gmock/gmock.h>

#include "integration/loopback.hpp"
#include "support/loopback_socket.hpp"
#include "wire/extension.hpp"
#include "wire/handshake.hpp"
#include "wire/messages.hpp"

namespace shoal::test::scripted_peer_test {
namespace {

constexpr std::uint64_t kSize = 2 * 16384 + 5;

/// One connection to a seeder, from the handshakes on.
class ScriptedPeer {
 public:
  ScriptedPeer(const Endpoint& seeder, const FileInfo& file)
      : socket_(SOCK_STREAM, seeder), pieces_(3) {
    wire::Handshake ours{truncated(info_hash(file)), {}, true, true};
    ours.peer_id.bytes.fill(std::byte{'x'});
    socket_.send(wire::encode(ours));
    while (received_.size() < wire::kHandshakeLength) receive();
    if (!wire::decode_handshake(BytesView(received_).first(wire::kHandshakeLength))) {
      throw std::runtime_error("no handshake");
    }
    used_ = wire::kHandshakeLength;
  }

  void says(const wire::Message& message) const {
    Bytes bytes;
    wire::encode(message, bytes);
    socket_.send(bytes);
  }
  /// The next message of that kind; what comes before it is passed over. Views into it stay valid
  /// until the next call.
  template <class Kind>
  Kind hears() {
    for (;;) {
      auto step = wire::decode(BytesView(received_).subspan(used_), (pieces_ + 7) / 8);
      if (!step) throw std::runtime_error(step.error().message);
      if (const auto* decoded = std::get_if<wire::Decoded>(&*step)) {
        used_ += decoded->used;
        if (const auto* wanted = std::get_if<Kind>(&decoded->message)) return *wanted;
      } else {
        receive();
      }
    }
  }

 private:
  void receive() {
    const Bytes more = socket_.receive();
    if (more.empty()) throw std::runtime_error("the seeder has closed the connection");
    received_.insert(received_.end(), more.begin(), more.end());
  }

  LoopbackSocket socket_;
  std::size_t pieces_;
  Bytes received_;
  std::size_t used_ = 0;
};

class ScriptedPeerTest : public Loopback {
 protected:
  const std::filesystem::path original_ = file("a.bin", kSize);
  const FileInfo identity_ = identify(original_);
  const Bytes content_ = read_file(original_);
  Program seeder_ = seeder_of(original_);
  ScriptedPeer peer_{Endpoint::parse(address_of(seeder_)).value(), identity_};

  [[nodiscard]] BytesView from(std::size_t offset, std::size_t size) const {
    return BytesView(content_).subspan(offset, size);
  }
};

TEST_F(ScriptedPeerTest, gets_zeros_behind_the_end_of_the_file_where_it_asks_for_a_whole_block) {
  peer_.says(wire::Request{{2, 0, 16384}});
  const auto block = peer_.hears<wire::Piece>();
  ASSERT_EQ(block.data.size(), 16384u);
  EXPECT_THAT(block.data.first(5), ::testing::ElementsAreArray(from(32768, 5)));
  EXPECT_THAT(block.data.subspan(5), ::testing::Each(std::byte{0}));
}

TEST_F(ScriptedPeerTest, gets_the_short_last_block_where_it_asks_for_that) {
  peer_.says(wire::Request{{2, 0, 5}});
  const auto block = peer_.hears<wire::Piece>();
  EXPECT_THAT(block.data, ::testing::ElementsAreArray(from(32768, 5)));
}

TEST_F(ScriptedPeerTest, gets_odd_ranges_inside_a_piece) {
  peer_.says(wire::Request{{1, 7, 100}});
  EXPECT_THAT(peer_.hears<wire::Piece>().data, ::testing::ElementsAreArray(from(16384 + 7, 100)));
  peer_.says(wire::Request{{2, 3, 16381}});  // crosses the end
  const auto block = peer_.hears<wire::Piece>();
  ASSERT_EQ(block.data.size(), 16381u);
  EXPECT_THAT(block.data.first(2), ::testing::ElementsAreArray(from(32768 + 3, 2)));
}

TEST_F(ScriptedPeerTest, gets_answers_to_everything_that_it_asks_at_once) {
  wire::ExtendedHandshake hello;
  hello.metadata_id = 5;
  const Bytes payload = wire::encode(hello);
  const Bytes ask = wire::encode(wire::MetadataMessage{wire::MetadataRequest{0}});
  for (int i = 0; i < 20; ++i) {
    peer_.says(wire::Request{{0, 0, 16384}});
    peer_.says(wire::HashRequest{{identity_.root, 0, 0, 4, 1}});
    peer_.says(wire::Extended{wire::kExtendedHandshakeId, payload});
    peer_.says(wire::Extended{wire::kOurMetadataId, ask});
    peer_.says(wire::Unknown{99});
    peer_.says(wire::KeepAlive{});
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(peer_.hears<wire::Piece>().data, ::testing::ElementsAreArray(from(0, 16384)));
  }
}

TEST_F(ScriptedPeerTest, hears_the_hashes_that_lead_to_the_root_before_the_blocks) {
  for (int i = 0; i < 64; ++i) peer_.says(wire::Request{{0, 0, 16384}});
  peer_.says(wire::HashRequest{{identity_.root, 0, 0, 4, 1}});
  const auto hashes = peer_.hears<wire::Hashes>();
  EXPECT_EQ(hashes.hashes.size(), 4 * 32u);
  EXPECT_NO_THROW(peer_.hears<wire::Piece>());
}

TEST_F(ScriptedPeerTest, is_told_nothing_over_an_impossible_request_for_leaves) {
  peer_.says(wire::HashRequest{{identity_.root, 0, 0, 1024, 20}});
  peer_.says(wire::HashRequest{{identity_.root, 1, 0, 1024, 20}});
  EXPECT_EQ(peer_.hears<wire::HashReject>().range.base, 1u) << "stock clients crash over the first";
}

TEST_F(ScriptedPeerTest, finds_the_same_file_whether_it_may_be_executed_or_not) {
  const auto executable = file("b.bin", kSize);
  const FileInfo plain = identify(executable);
  std::filesystem::permissions(executable, std::filesystem::perms::owner_exec,
                               std::filesystem::perm_options::add);
  Program seeder = start_seeder({executable.string()});
  EXPECT_EQ(seeder.wait_for("registered").at("info_hash"), to_hex(info_hash(plain)));
}

}  // namespace
}  // namespace shoal::test::scripted_peer_test
