#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "support/sample_file.hpp"
#include "torrent/download/download.hpp"
#include "torrent/peer/peer_protocol.hpp"
#include "wire/messages.hpp"

namespace shoal::test {

/// One PeerProtocol towards a peer that the test plays, on virtual time. Every message passes
/// through its bytes, both ways.
class PlayedPeer : public torrent::PeerProtocol::Surroundings {
 public:
  struct Options {
    bool fast = true;
    bool extended = true;
    bool dialled = false;
    std::uint16_t listen_port = 0;
    bool origin = false;
    bool reveals = false;
    bool chokes = false;
  };

  /// Towards a program that has all that it wants.
  static PlayedPeer of_seeder(const SampleFile& file, Options options) {
    return PlayedPeer(file, file.whole(), false, options);
  }
  static PlayedPeer of_seeder(const SampleFile& file) { return of_seeder(file, Options{}); }
  /// Towards one that has the layer and fetches.
  static PlayedPeer of_leecher(const SampleFile& file, Options options) {
    return PlayedPeer(file, file.with({}), true, options);
  }
  static PlayedPeer of_leecher(const SampleFile& file) { return of_leecher(file, Options{}); }
  /// Towards one that knows nothing but the root.
  static PlayedPeer of_newcomer(const SampleFile& file) {
    return PlayedPeer(file, file.missing(), true, Options{});
  }

  PlayedPeer(const SampleFile& file, torrent::Content what_is_here, bool fetches, Options options)
      : file_(file), content_(std::move(what_is_here)) {
    if (fetches) download_ = std::make_unique<torrent::Download>(content_, 1);
    // A file of one piece has its layer from the start.
    if (fetches && content_.has_layers()) download_->start();
    wire::Handshake theirs;
    theirs.extended = options.extended;
    theirs.fast = options.fast;
    torrent::PeerProtocol::Setup setup;
    setup.key = kKey;
    setup.remote = *Endpoint::parse("192.0.2.7:4567");
    setup.dialled = options.dialled;
    setup.theirs = theirs;
    setup.listen_port = options.listen_port;
    setup.origin = options.origin;
    setup.reveals = options.reveals;
    setup.chokes = options.chokes;
    protocol_.emplace(setup, content_, download_.get(), *this, now);
  }

  /// The peer says this.
  Result<void> hears(const wire::Message& message) {
    Bytes& bytes = heard_.emplace_back();
    wire::encode(message, bytes);
    auto step = wire::decode(bytes, (content_.space().pieces() + 7) / 8);
    if (!step) return std::unexpected(std::move(step.error()));
    return protocol_->handle(std::get<wire::Decoded>(*step).message, now);
  }
  /// The peer sends a block of the file, as it is or with the wrong bytes.
  Result<void> hears_block(BlockRef block, bool right = true) {
    Bytes data(file_.block(block).begin(), file_.block(block).end());
    if (!right) data.back() ^= std::byte{1};
    return hears(wire::Piece{value(block.piece), block.block * kBlockLength, data});
  }

  /// What was said to the peer since the last time; views stay valid.
  std::vector<wire::Message> says() {
    const Bytes& bytes = said_.emplace_back(std::exchange(protocol_->outbox(), {}));
    std::vector<wire::Message> messages;
    for (BytesView rest = bytes; !rest.empty();) {
      auto step = wire::decode(rest, (content_.space().pieces() + 7) / 8);
      if (!step) throw std::logic_error("said what nobody can decode: " + step.error().message);
      const auto& decoded = std::get<wire::Decoded>(*step);
      messages.push_back(decoded.message);
      rest = rest.subspan(decoded.used);
    }
    protocol_->sent(now);
    return messages;
  }
  /// Those of one kind.
  template <class Kind>
  std::vector<Kind> says_of() {
    std::vector<Kind> some;
    for (const wire::Message& message : says()) {
      if (const auto* one = std::get_if<Kind>(&message)) some.push_back(*one);
    }
    return some;
  }
  /// It asks for what it may ask for; the blocks.
  std::vector<BlockRef> asks() {
    protocol_->ask_for_more(now);
    std::vector<BlockRef> blocks;
    for (const wire::Request& request : says_of<wire::Request>()) {
      const auto& [piece, begin, length] = request.range;
      blocks.push_back(file_.geometry().block(piece, begin, length).value());
    }
    return blocks;
  }

  /// Time passes, with a tick every half second. The first error ends it.
  Result<void> waits(Duration duration) {
    constexpr Duration kTick = std::chrono::milliseconds(500);
    for (const Time end = now + duration; now < end;) {
      now += std::min(kTick, end - now);
      if (auto fine = protocol_->tick(now); !fine) return fine;
    }
    return {};
  }

  /// The received blocks are written and hashed: what that proves.
  std::vector<torrent::Download::Outcome> stores() {
    std::vector<torrent::Download::Outcome> outcomes;
    for (const auto& [block, data] : std::exchange(protocol_->received(), {})) {
      outcomes.push_back(download_->stored(block, sha256(data), {kKey, {}}));
    }
    return outcomes;
  }

  [[nodiscard]] torrent::PeerProtocol& protocol() { return *protocol_; }
  [[nodiscard]] torrent::Download& download() { return *download_; }
  [[nodiscard]] torrent::Content& content() { return content_; }

  static constexpr torrent::ConnectionKey kKey{1};
  Time now{std::chrono::hours(1)};

  // What it told its surroundings.
  std::vector<std::pair<torrent::ConnectionKey, BlockRef>> cancelled_elsewhere;
  std::vector<Endpoint> told_ports;
  std::size_t pex_messages = 0;
  std::vector<Endpoint> learned_of;
  std::size_t layers_proven_calls = 0;
  std::vector<PieceIndex> pieces_asked_twice;

 private:
  void cancel_elsewhere(torrent::ConnectionKey other, BlockRef block) override {
    cancelled_elsewhere.emplace_back(other, block);
  }
  void layers_proven() override {
    ++layers_proven_calls;
    if (download_->take_layers()) protocol_->count_pieces();
    download_->start();
  }
  void listens_at(torrent::ConnectionKey, const Endpoint& at, Time) override {
    told_ports.push_back(at);
  }
  void asked_twice(PieceIndex piece, Time) override { pieces_asked_twice.push_back(piece); }
  void learned(torrent::ConnectionKey, const wire::Pex& pex) override {
    ++pex_messages;
    for (const wire::PexPeer& peer : pex.added) learned_of.push_back(peer.endpoint);
  }

  const SampleFile& file_;
  torrent::Content content_;
  std::unique_ptr<torrent::Download> download_;
  std::optional<torrent::PeerProtocol> protocol_;
  std::deque<Bytes> heard_;
  std::deque<Bytes> said_;
};

}  // namespace shoal::test
