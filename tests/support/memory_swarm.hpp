#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "support/sample_file.hpp"
#include "torrent/download/download.hpp"
#include "torrent/peer/peer_protocol.hpp"
#include "torrent/peer/receive_buffer.hpp"

namespace shoal::test {

/// One program of a MemorySwarm: its disk is a byte string, its connections are PeerProtocols.
class MemoryNode : public torrent::PeerProtocol::Surroundings {
 public:
  MemoryNode(const SampleFile& file, torrent::Content what_is_here, std::uint64_t seed)
      : content(std::move(what_is_here)), disk(file.bytes().size()) {
    for (std::uint32_t i = 0; i < content.geometry().pieces(); ++i) {
      const PieceIndex piece{i};
      if (!content.has(piece)) continue;
      const auto from = static_cast<std::ptrdiff_t>(content.geometry().offset(piece));
      std::copy_n(file.bytes().begin() + from, content.geometry().size(piece), disk.begin() + from);
    }
    if (content.complete()) return;
    download = std::make_unique<torrent::Download>(content, seed);
    if (content.layers() != nullptr) download->start();
  }

  /// A block came from a connection.
  void store(torrent::ConnectionKey from, BlockRef block, BytesView data) {
    std::ranges::copy(data,
                      disk.begin() + static_cast<std::ptrdiff_t>(content.geometry().offset(block)));
    if (download == nullptr) return;
    const auto outcome = download->stored(block, sha256(data), {from, {}});
    for (const torrent::Sender& liar : outcome.guilty) liars.push_back(liar.connection);
    if (!outcome.proven) return;
    for (auto& [key, protocol] : connections) {
      protocol->announce(block.piece);
      protocol->tell_haves();
    }
    if (!content.complete()) return;
    for (auto& [key, protocol] : connections) protocol->download_ended();
    download.reset();
  }

  torrent::Content content;
  Bytes disk;
  std::unique_ptr<torrent::Download> download;
  std::map<torrent::ConnectionKey, torrent::PeerProtocol*> connections;
  std::vector<torrent::ConnectionKey> liars;
  bool sends_wrong_blocks = false;

 private:
  void cancel_elsewhere(torrent::ConnectionKey other, BlockRef block) override {
    if (const auto found = connections.find(other); found != connections.end()) {
      found->second->cancel(block);
    }
  }
  void layers_proven() override {
    content.set_layers(download->layer_fetch().take());
    download->start();
  }
  void convicted(PieceIndex, std::span<const torrent::Sender> senders) override {
    for (const torrent::Sender& liar : senders) liars.push_back(liar.connection);
  }
  void listens_at(torrent::ConnectionKey, const Endpoint&) override {}
  void learned(const wire::Pex&) override {}
};

/// Programs that exchange a file over pipes that cut the bytes anywhere, on virtual time.
class MemorySwarm {
 public:
  explicit MemorySwarm(const SampleFile& file, std::uint32_t seed = 1)
      : file_(file), random_(seed) {}

  MemoryNode& add(torrent::Content what_is_here) {
    return *nodes_.emplace_back(
        std::make_unique<MemoryNode>(file_, std::move(what_is_here), nodes_.size() + 1));
  }
  void connect(MemoryNode& a, MemoryNode& b) {
    ends_.push_back(std::make_unique<End>(a, ++last_key_, true, now_));
    ends_.push_back(std::make_unique<End>(b, ++last_key_, false, now_));
    End& one = *ends_[ends_.size() - 2];
    End& other = *ends_.back();
    one.other = &other;
    other.other = &one;
  }
  /// Every connection of the node breaks, with what is under way.
  void leave(MemoryNode& node) {
    for (const auto& end : ends_) {
      if (&end->node == &node) close(*end, "left");
    }
  }

  /// Until everybody has the file and nothing moves any more, or the virtual time is over.
  void run(Duration limit = std::chrono::minutes(10)) {
    for (const Time end = now_ + limit; now_ < end;) {
      bool moved = false;
      for (const auto& each : ends_) moved |= each->closed.empty() && step(*each);
      if (moved) {
        now_ += std::chrono::microseconds(200);
        continue;
      }
      if (everybody_is_done()) return;
      now_ += std::chrono::milliseconds(500);
      for (const auto& each : ends_) tick(*each);
    }
  }
  [[nodiscard]] bool everybody_is_done() const {
    return std::ranges::all_of(nodes_, [](const auto& node) { return node->content.complete(); });
  }
  /// Why connections ended, if any did.
  [[nodiscard]] std::vector<std::string> closings() const {
    std::vector<std::string> reasons;
    for (const auto& end : ends_) {
      if (!end->closed.empty()) reasons.push_back(end->closed);
    }
    return reasons;
  }
  [[nodiscard]] Time now() const { return now_; }

 private:
  struct End {
    End(MemoryNode& at, std::uint64_t number, bool dialled, Time now)
        : node(at),
          key{number},
          protocol({.key = key, .remote = {}, .dialled = dialled, .theirs = {}, .listen_port = 1},
                   at.content, at.download.get(), at, now) {
      at.connections.emplace(key, &protocol);
    }
    MemoryNode& node;
    torrent::ConnectionKey key;
    torrent::PeerProtocol protocol;
    End* other = nullptr;
    std::deque<std::byte> arriving;
    torrent::ReceiveBuffer incoming;
    std::size_t frame = wire::kLengthPrefix;
    std::vector<torrent::ChunkPtr> pinned;
    std::string closed;
  };

  bool step(End& end) {
    const bool wrote = write(end);
    const bool read = receive(end);
    return wrote || read;
  }

  bool write(End& end) {
    auto& protocol = end.protocol;
    for (const auto& request : std::exchange(protocol.leaf_requests(), {})) {
      const int levels_below = file_.geometry().fold_height() - static_cast<int>(request.base);
      protocol.answer_leaves(request, file_.leaves(PieceIndex{request.index >> levels_below}));
    }
    std::deque<std::byte>& to = end.other->arriving;
    const Bytes messages = std::exchange(protocol.outbox(), {});
    to.insert(to.end(), messages.begin(), messages.end());
    std::vector<wire::BlockRange> ranges;
    protocol.uploads().take(8, ranges);
    for (const auto& [piece, begin, length] : ranges) {
      const std::size_t offset =
          file_.geometry().offset(*file_.geometry().piece(piece)) + std::size_t{begin};
      Bytes data(length);
      std::copy_n(end.node.disk.begin() + static_cast<std::ptrdiff_t>(offset),
                  std::min<std::size_t>(length, end.node.disk.size() - offset), data.begin());
      if (end.node.sends_wrong_blocks) data.front() ^= std::byte{1};
      const auto header = wire::piece_header(piece, begin, length);
      to.insert(to.end(), header.begin(), header.end());
      to.insert(to.end(), data.begin(), data.end());
    }
    if (messages.empty() && ranges.empty()) return false;
    protocol.sent(now_);
    return true;
  }

  bool receive(End& end) {
    if (end.arriving.empty()) return false;
    const MutableBytes room = end.incoming.room(end.frame);
    const std::size_t size =
        std::min({room.size(), end.arriving.size(), std::size_t{1} + random_() % 40000});
    std::copy_n(end.arriving.begin(), size, room.begin());
    end.arriving.erase(end.arriving.begin(),
                       end.arriving.begin() + static_cast<std::ptrdiff_t>(size));
    end.incoming.received(size);
    decode(end);
    auto& received = end.protocol.received();
    if (!received.empty()) end.pinned.push_back(end.incoming.share());
    // As a disk does: some of it now, all of it later.
    if (received.size() >= 1 + random_() % 4 || end.arriving.empty()) store(end);
    close_liars(end.node);
    if (end.closed.empty()) end.protocol.ask_for_more(now_);
    return true;
  }

  void decode(End& end) {
    const std::size_t bitfield_bytes = (file_.geometry().pieces() + 7) / 8;
    while (end.closed.empty()) {
      const auto result = wire::decode(end.incoming.pending(), bitfield_bytes);
      if (!result) return close(end, result.error().message);
      if (const auto* more = std::get_if<wire::NeedMore>(&*result)) {
        end.frame = more->total;
        return;
      }
      const auto& [message, used] = std::get<wire::Decoded>(*result);
      const auto handled = end.protocol.handle(message, now_);
      end.incoming.decoded(used);
      if (!handled) return close(end, handled.error().message);
    }
  }

  void store(End& end) {
    for (const auto& [block, data] : std::exchange(end.protocol.received(), {})) {
      end.node.store(end.key, block, data);
    }
    end.pinned.clear();
    close_liars(end.node);
  }

  void close_liars(MemoryNode& node) {
    for (const torrent::ConnectionKey liar : std::exchange(node.liars, {})) {
      for (const auto& each : ends_) {
        if (each->key == liar) close(*each, "sent wrong data");
      }
    }
  }

  void tick(End& end) {
    if (!end.closed.empty()) return;
    if (const auto alive = end.protocol.tick(now_); !alive) close(end, alive.error().message);
  }

  void close(End& end, const std::string& reason) {
    if (!end.closed.empty()) return;
    for (End* each : {&end, end.other}) {
      each->closed = reason;
      store(*each);
      each->protocol.ended();
      each->node.connections.erase(each->key);
    }
  }

  const SampleFile& file_;
  std::mt19937 random_;
  Time now_{std::chrono::hours(1)};
  std::uint64_t last_key_ = 0;
  std::vector<std::unique_ptr<MemoryNode>> nodes_;
  std::vector<std::unique_ptr<End>> ends_;
};

}  // namespace shoal::test
