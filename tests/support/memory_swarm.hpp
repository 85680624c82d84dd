#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "hash/sha256.hpp"
#include "support/sample_file.hpp"
#include "torrent/torrent.hpp"

namespace shoal::test {

/// One program of a MemorySwarm: a Torrent whose disk is a byte string.
struct MemoryNode {
  MemoryNode(const SampleFile& file, const torrent::Content& here, std::uint8_t number)
      : address{IpAddress(IpAddress::V4{std::byte{10}, {}, {}, std::byte{number}}), 7000},
        disk(file.bytes().size()),
        logic(torrent::SwarmKey{1}, here,
              here.complete() ? torrent::Torrent::Role::seed : torrent::Torrent::Role::fetch,
              budget, self(number), number) {
    for (std::uint32_t i = 0; i < file.geometry().pieces(); ++i) {
      const PieceIndex piece{i};
      if (!here.has(piece)) continue;
      const auto from = static_cast<std::ptrdiff_t>(file.geometry().offset(piece));
      std::copy_n(file.bytes().begin() + from, file.geometry().size(piece), disk.begin() + from);
    }
  }

  Endpoint address;
  Bytes disk;
  torrent::Budget budget{500};
  torrent::Torrent logic;
  bool sends_wrong_blocks = false;

 private:
  static torrent::SelfInfo self(std::uint8_t number) {
    torrent::SelfInfo self{.peer_id = {}, .listen_port = 7000};
    self.peer_id.bytes.fill(std::byte{number});
    return self;
  }
};

/// Torrents that exchange a file over pipes that cut the bytes anywhere, on virtual time.
class MemorySwarm {
 public:
  explicit MemorySwarm(const SampleFile& file, std::uint32_t seed = 1)
      : file_(file), random_(seed) {}

  MemoryNode& add(const torrent::Content& here) {
    const auto number = static_cast<std::uint8_t>(nodes_.size() + 1);
    MemoryNode& node = *nodes_.emplace_back(std::make_unique<MemoryNode>(file_, here, number));
    node.logic.start();
    carry_out(node);
    return node;
  }
  /// The first one dials the second.
  void connect(MemoryNode& from, MemoryNode& to) {
    from.logic.add_peers({&to.address, 1}, now_);
    carry_out(from);
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
      for (std::size_t i = 0; i < ends_.size(); ++i) {
        moved |= ends_[i]->closed.empty() && step(*ends_[i]);
      }
      if (moved) {
        now_ += std::chrono::microseconds(200);
      } else if (everybody_is_done()) {
        return;
      } else {
        now_ += std::chrono::milliseconds(100);
      }
      for (const auto& node : nodes_) {
        const auto deadline = node->logic.next_deadline(now_);
        if (!deadline || *deadline > now_) continue;
        node->logic.on_time(now_);
        carry_out(*node);
      }
    }
  }
  [[nodiscard]] bool everybody_is_done() const {
    return std::ranges::all_of(nodes_,
                               [](const auto& node) { return node->logic.content().complete(); });
  }
  /// Why connections ended, if any did.
  [[nodiscard]] std::vector<std::string> closings() const {
    std::vector<std::string> reasons;
    for (const auto& end : ends_) {
      if (!end->closed.empty()) reasons.push_back(end->closed);
    }
    return reasons;
  }

 private:
  struct End {
    MemoryNode& node;
    torrent::ConnectionKey key;
    End* other = nullptr;
    std::deque<std::byte> arriving{};
    torrent::ReceiveBuffer incoming{};
    std::size_t frame = wire::kLengthPrefix;
    std::string closed{};
  };

  void carry_out(MemoryNode& node) {
    torrent::Actions actions = std::exchange(node.logic.actions(), {});
    if (actions.check_disk) {
      node.logic.on_check_begins();
      for (std::uint32_t i = 0; i < file_.geometry().pieces(); ++i) {
        const PieceIndex piece{i};
        node.logic.on_checked(piece, node.logic.content().has(piece), now_);
      }
      node.logic.on_check_done(now_);
      carry_out(node);
    }
    if (actions.finish) {
      node.logic.on_finished();
      carry_out(node);
    }
    for (const auto& [key, to] : actions.dials) dial(node, key, to);
    for (auto& batch : actions.stores) store(node, std::move(batch));
    while (const auto job = node.budget.leaves.next()) {
      node.logic.on_leaves(job->piece, file_.tree_of(job->piece), now_);
      carry_out(node);
    }
    for (const torrent::Actions::Close& one : actions.closes) {
      for (const auto& end : ends_) {
        if (&end->node == &node && end->key == one.peer) close(*end, one.reason);
      }
    }
  }

  void dial(MemoryNode& from, torrent::ConnectionKey key, const Endpoint& address) {
    MemoryNode& to =
        **std::ranges::find(nodes_, address, [](const auto& node) { return node->address; });
    const auto theirs = to.logic.on_incoming({from.address.address, 50000}, now_);
    End& one = *ends_.emplace_back(std::make_unique<End>(from, key));
    End& other = *ends_.emplace_back(std::make_unique<End>(to, *theirs));
    one.other = &other;
    other.other = &one;
    to.logic.on_opened(*theirs, from.logic.our_handshake(), now_);
    carry_out(to);
    from.logic.on_opened(key, to.logic.our_handshake(), now_);
    carry_out(from);
  }

  void store(MemoryNode& node, torrent::BatchPtr batch) {
    for (const auto& [block, data] : batch->blocks) {
      const auto at = static_cast<std::ptrdiff_t>(file_.geometry().offset(block));
      std::ranges::copy(data, node.disk.begin() + at);
      batch->leaves.push_back(sha256(data));
    }
    node.logic.on_stored(std::move(batch), {}, now_);
    carry_out(node);
  }

  bool step(End& end) {
    const bool wrote = write(end);
    const bool read = end.closed.empty() && receive(end);
    return wrote || read;
  }

  bool write(End& end) {
    torrent::WriteBatch batch;
    if (!end.node.logic.next_write(end.key, batch, now_)) return false;
    std::deque<std::byte>& to = end.other->arriving;
    to.insert(to.end(), batch.messages.begin(), batch.messages.end());
    for (const auto& [piece, begin, length] : batch.blocks) {
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
    end.node.logic.on_written(end.key, batch, {}, now_);
    carry_out(end.node);
    return true;
  }

  bool receive(End& end) {
    if (end.arriving.empty()) {
      end.node.logic.on_drained(end.key);
      carry_out(end.node);
      return false;
    }
    const MutableBytes room = end.incoming.room(end.frame);
    const std::size_t size =
        std::min({room.size(), end.arriving.size(), std::size_t{1} + random_() % 40000});
    std::copy_n(end.arriving.begin(), size, room.begin());
    end.arriving.erase(end.arriving.begin(),
                       end.arriving.begin() + static_cast<std::ptrdiff_t>(size));
    end.incoming.received(size);
    for (bool more = true; more && end.closed.empty();) {
      const auto read = end.node.logic.on_bytes(end.key, end.incoming, now_);
      end.frame = read.frame;
      more = read.more;
      carry_out(end.node);
    }
    return true;
  }

  void close(End& end, const std::string& reason) {
    if (!end.closed.empty()) return;
    for (End* each : {&end, end.other}) each->closed = reason;
    for (End* each : {&end, end.other}) {
      each->node.logic.on_closed(each->key, now_);
      carry_out(each->node);
    }
  }

  const SampleFile& file_;
  std::mt19937 random_;
  Time now_{std::chrono::hours(1)};
  std::vector<std::unique_ptr<MemoryNode>> nodes_;
  std::vector<std::unique_ptr<End>> ends_;
};

}  // namespace shoal::test
