// What a peer asks for when a piece of several senders was wrong: the hashes of its blocks, which a
// seeder reads the piece for.
#include <cstring>
#include <optional>

#include "hash/merkle.hpp"
#include "integration/loopback.hpp"
#include "metainfo/geometry.hpp"
#include "support/loopback_socket.hpp"
#include "wire/handshake.hpp"
#include "wire/messages.hpp"

namespace shoal::test::leaf_hashes_test {
namespace {

constexpr std::uint64_t kSize = 17 * (1 << 20) + 100;  // two blocks a piece

/// A peer that has shaken hands.
class Asker {
 public:
  Asker(const Endpoint& seeder, const FileInfo& file)
      : bitfield_(Geometry::make(file.length, file.piece_length)->pieces() / 8 + 1),
        socket_(SOCK_STREAM, seeder) {
    wire::Handshake hello{truncated(info_hash(file)), {}, false, true};
    hello.peer_id.bytes.fill(std::byte{'A'});
    socket_.send(wire::encode(hello));
  }
  void asks(const merkle::HashRequest& request) {
    Bytes bytes;
    wire::encode(wire::HashRequest{{request.root, request.base, request.index, request.length,
                                    request.proof}},
                 bytes);
    socket_.send(bytes);
  }
  /// The next hashes that come; nothing when the connection ends before.
  std::optional<std::vector<Digest>> hears() {
    for (;;) {
      while (received_.size() > used_) {
        const auto step = wire::decode(BytesView(received_).subspan(used_), bitfield_);
        if (!step) return std::nullopt;
        const auto* decoded = std::get_if<wire::Decoded>(&*step);
        if (decoded == nullptr) break;
        used_ += decoded->used;
        const auto* hashes = std::get_if<wire::Hashes>(&decoded->message);
        if (hashes == nullptr) continue;
        std::vector<Digest> digests(hashes->hashes.size() / sizeof(Digest));
        std::memcpy(digests.data(), hashes->hashes.data(), hashes->hashes.size());
        return digests;
      }
      const Bytes more = socket_.receive();
      if (more.empty()) return std::nullopt;
      received_.insert(received_.end(), more.begin(), more.end());
    }
  }

 private:
  std::size_t bitfield_;
  LoopbackSocket socket_;
  Bytes received_;
  std::size_t used_ = wire::kHandshakeLength;
};

class LeafHashes : public Loopback {};

TEST_F(LeafHashes, are_told_of_every_piece_and_lead_to_the_root) {
  const auto path = file("film.bin", kSize);
  const FileInfo info = identify(path);
  const Geometry geometry = *Geometry::make(info.length, info.piece_length);
  ASSERT_EQ(geometry.blocks_per_piece(), 2u);
  Program seeder = seeder_of(path);
  Asker asker(Endpoint::parse(address_of(seeder)).value(), info);
  const Bytes content = read_file(path);
  const std::vector<Digest> leaves = leaves_of(content);
  const auto proof = static_cast<std::uint32_t>(geometry.tree_height()) - 1;
  for (const std::uint32_t piece : {0u, 1u, 100u, geometry.pieces() - 1}) {
    const merkle::HashRequest request{info.root, 0, piece * 2, 2, proof};
    asker.asks(request);
    const auto hashes = asker.hears();
    ASSERT_TRUE(hashes) << piece;
    EXPECT_TRUE(merkle::proves(request, *hashes, geometry.tree_height())) << piece;
    EXPECT_EQ(hashes->front(), leaves[std::size_t{piece} * 2]) << piece;
  }
}

}  // namespace
}  // namespace shoal::test::leaf_hashes_test
