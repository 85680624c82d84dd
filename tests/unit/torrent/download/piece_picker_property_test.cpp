// The picker against a plain model of who has, owes and sent what, under random events.
#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "torrent/download/piece_picker.hpp"

namespace shoal::torrent::piece_picker_property_test {
namespace {

using namespace std::chrono_literals;

class Model {
 public:
  Model(std::uint32_t pieces, std::uint32_t blocks_per_piece, std::uint64_t seed)
      : random_(seed),
        geometry_(*Geometry::make(
            (std::uint64_t{pieces} * blocks_per_piece - blocks_per_piece / 2) * kBlockLength - 5,
            blocks_per_piece * kBlockLength)),
        picker_(geometry_, Bitfield(pieces), seed) {
    for (std::uint32_t p = 0; p < pieces; ++p) {
      for (std::uint32_t b = 0; b < geometry_.blocks(PieceIndex{p}); ++b)
        blocks_[{PieceIndex{p}, b}];
    }
  }

  void step() {
    now_ += std::chrono::milliseconds(random_() % 300);
    switch (random_() % 17) {
      case 16:
        return take_back();
      case 0:
        return join();
      case 1:
        return random_() % 8 == 0 ? leave() : join();
      case 2:
        return gain();
      case 3:
        return lose();
      case 4:
      case 5:
      case 6:
      case 7:
        return pick(1 + random_() % 20);
      case 8:
        return abandon();
      case 9:
        return fail_or_prove();
      default:
        return arrive();
    }
  }

  /// A complete peer comes, which answers everything: the file must get whole.
  void finish() {
    while (!peers_.empty()) leave();
    add_peer(true);
    for (int round = 0; !picker_.complete(); ++round) {
      ASSERT_LT(round, 10'000) << "some block is never picked";
      now_ += 2s;
      pick(16);
      for (int i = 0; i < 40; ++i) arrive();
      while (!full_.empty()) prove(*full_.begin());
    }
    EXPECT_TRUE(picker_.have().all());
  }

  void check_counts() const {
    for (std::uint32_t p = 0; p < geometry_.pieces(); ++p) {
      const auto count = std::ranges::count_if(
          peers_, [&](const auto& peer) { return peer.second.pieces.test(p); });
      ASSERT_EQ(picker_.availability(PieceIndex{p}), static_cast<std::uint32_t>(count));
      ASSERT_EQ(picker_.have().test(p), had_.contains(PieceIndex{p}));
    }
    for (const auto& [key, peer] : peers_) {
      bool wants = false;
      for (std::uint32_t p = 0; p < geometry_.pieces(); ++p) {
        wants = wants || (peer.pieces.test(p) && !had_.contains(PieceIndex{p}));
      }
      ASSERT_EQ(picker_.wants_from(peer.pieces), wants);
    }
  }

  [[nodiscard]] bool endgame_seen() const { return endgames_ > 0; }

 private:
  struct Peer {
    Bitfield pieces;
    bool counted_complete = false;  // told by peer_has_all
    std::size_t outstanding = 0;
  };
  struct Block {
    bool here = false;
    std::map<ConnectionKey, Time> asked;
  };

  Peer* any_peer(ConnectionKey* key) {
    if (peers_.empty()) return nullptr;
    auto peer = std::next(peers_.begin(), static_cast<std::ptrdiff_t>(random_() % peers_.size()));
    *key = peer->first;
    return &peer->second;
  }

  void add_peer(bool complete) {
    Peer peer{Bitfield(geometry_.pieces()), complete};
    if (complete) {
      peer.pieces.set_all();
      picker_.peer_has_all();
    } else {
      const auto share = random_() % 4;
      for (std::uint32_t p = 0; p < geometry_.pieces(); ++p) {
        if (random_() % 4 < share) peer.pieces.set(p);
      }
      picker_.peer_has_these(peer.pieces);
    }
    peers_.emplace(ConnectionKey{next_key_++}, std::move(peer));
  }

  void join() {
    if (peers_.size() < 6) add_peer(random_() % 3 == 0);
  }

  void leave() {
    ConnectionKey key{};
    Peer* peer = any_peer(&key);
    if (peer == nullptr) return;
    if (peer->counted_complete) {
      picker_.peer_lost_all();
    } else {
      picker_.peer_lost_these(peer->pieces);
    }
    picker_.abandoned_all(key);
    for (auto& [_, block] : blocks_) block.asked.erase(key);
    peers_.erase(key);
  }

  void gain() {
    ConnectionKey key{};
    Peer* peer = any_peer(&key);
    const auto p = static_cast<std::uint32_t>(random_() % geometry_.pieces());
    if (peer == nullptr || peer->pieces.test(p)) return;
    peer->pieces.set(p);
    picker_.peer_has(PieceIndex{p});
  }

  void lose() {
    ConnectionKey key{};
    Peer* peer = any_peer(&key);
    const auto p = static_cast<std::uint32_t>(random_() % geometry_.pieces());
    if (peer == nullptr || peer->counted_complete || !peer->pieces.test(p)) return;
    peer->pieces.reset(p);
    picker_.peer_lost(PieceIndex{p});
  }

  // What the model expects of the first block of a pick.
  struct Choice {
    std::optional<std::uint32_t> started;  // lowest availability among open pieces of the peer
    std::optional<std::uint32_t> waiting;
    bool unasked_anywhere = false;
  };
  bool is_started(PieceIndex piece) const {
    for (auto b = blocks_.lower_bound({piece, 0}); b != blocks_.end() && b->first.piece == piece;
         ++b) {
      if (b->second.here || !b->second.asked.empty()) return true;
    }
    return false;
  }
  Choice expected(const Peer& peer) const {
    Choice choice;
    for (const auto& [ref, block] : blocks_) {
      if (block.here || !block.asked.empty() || had_.contains(ref.piece)) continue;
      choice.unasked_anywhere = true;
      if (!peer.pieces.test(value(ref.piece))) continue;
      auto& best = is_started(ref.piece) ? choice.started : choice.waiting;
      best = std::min(best.value_or(~0u), picker_.availability(ref.piece));
    }
    return choice;
  }

  void pick(std::size_t count) {
    ConnectionKey key{};
    Peer* peer = any_peer(&key);
    if (peer == nullptr) return;
    std::vector<BlockRef> out;
    picker_.pick({key, peer->pieces, peer->outstanding}, count, now_, out);
    ASSERT_LE(out.size(), count);
    for (const BlockRef ref : out) {
      const Choice choice = expected(*peer);
      Block& block = blocks_.at(ref);
      ASSERT_TRUE(peer->pieces.test(value(ref.piece))) << "the peer has it not";
      ASSERT_FALSE(had_.contains(ref.piece)) << "had already";
      ASSERT_FALSE(block.here) << "here already, maybe in a full piece";
      ASSERT_FALSE(block.asked.contains(key)) << "twice of one peer";
      if (block.asked.empty()) {
        check_rule(choice, *peer, ref.piece);
      } else {
        check_endgame(choice, *peer, block);
      }
      block.asked.emplace(key, now_);
      ++peer->outstanding;
    }
    if (out.size() < count) {
      const Choice left = expected(*peer);
      ASSERT_FALSE(left.started || left.waiting) << "a block was left out";
    }
  }

  void check_rule(const Choice& choice, const Peer& peer, PieceIndex piece) const {
    const bool started = is_started(piece);
    const std::uint32_t availability = picker_.availability(piece);
    if (choice.started &&
        !(peer.pieces.all() && choice.waiting && *choice.waiting < *choice.started)) {
      ASSERT_TRUE(started);
      ASSERT_EQ(availability, *choice.started);
    } else {
      ASSERT_FALSE(started);
      ASSERT_EQ(availability, *choice.waiting);
    }
  }

  void check_endgame(const Choice& choice, const Peer& peer, const Block& block) {
    ++endgames_;
    ASSERT_FALSE(choice.unasked_anywhere) << "too early for the endgame";
    ASSERT_LE(block.asked.size(), 3u) << "never of more than four peers";
    Time latest{};
    for (const auto& [_, at] : block.asked) latest = std::max(latest, at);
    ASSERT_GT(now_ - latest, 1s * (1 << (block.asked.size() - 1)));
    ASSERT_LT(peer.outstanding, 4u);
  }

  /// A random block that is asked for.
  auto any_asked() {
    std::vector<decltype(blocks_.begin())> asked;
    for (auto b = blocks_.begin(); b != blocks_.end(); ++b) {
      if (!b->second.asked.empty()) asked.push_back(b);
    }
    return asked.empty() ? blocks_.end() : asked[random_() % asked.size()];
  }

  void arrive() {
    const auto found = any_asked();
    if (found == blocks_.end()) return;
    auto& [ref, block] = *found;
    const auto from =
        std::next(block.asked.begin(), static_cast<std::ptrdiff_t>(random_() % block.asked.size()))
            ->first;
    const PiecePicker::Arrival arrival = picker_.arrived(ref, from);
    ASSERT_TRUE(arrival.accepted);
    std::set<ConnectionKey> others;
    for (const auto& [key, _] : block.asked) {
      --peers_.at(key).outstanding;
      if (key != from) others.insert(key);
    }
    ASSERT_EQ(std::set(arrival.also_asked.begin(), arrival.also_asked.end()), others);
    block = {true, {}};
    bool full = true;
    for (std::uint32_t b = 0; b < geometry_.blocks(ref.piece); ++b) {
      full = full && blocks_.at({ref.piece, b}).here;
    }
    ASSERT_EQ(arrival.piece_full, full);
    if (full) full_.insert(ref.piece);
  }

  void abandon() {
    const auto found = any_asked();
    if (found == blocks_.end()) return;
    const ConnectionKey by = found->second.asked.begin()->first;
    picker_.abandoned(found->first, by);
    found->second.asked.erase(by);
    --peers_.at(by).outstanding;
  }

  void prove(PieceIndex piece) {
    picker_.proven(piece);
    had_.insert(piece);
    full_.erase(piece);
  }

  /// A piece that was had turns out to be changed on the disk.
  void take_back() {
    if (had_.empty() || random_() % 4 != 0) return;
    const PieceIndex piece =
        *std::next(had_.begin(), static_cast<std::ptrdiff_t>(random_() % had_.size()));
    picker_.lost(piece);
    had_.erase(piece);
    for (std::uint32_t b = 0; b < geometry_.blocks(piece); ++b) blocks_[{piece, b}] = {};
  }

  void fail_or_prove() {
    if (full_.empty()) return;
    const PieceIndex piece = *full_.begin();
    if (random_() % 3 != 0) return prove(piece);
    picker_.failed(piece);
    full_.erase(piece);
    for (std::uint32_t b = 0; b < geometry_.blocks(piece); ++b) blocks_[{piece, b}] = {};
  }

  std::mt19937_64 random_;
  Geometry geometry_;
  PiecePicker picker_;
  Time now_{1h};
  std::map<BlockRef, Block> blocks_;
  std::map<ConnectionKey, Peer> peers_;
  std::set<PieceIndex> had_;
  std::set<PieceIndex> full_;
  std::uint64_t next_key_ = 1;
  int endgames_ = 0;
};

struct Shape {
  std::uint32_t pieces;
  std::uint32_t blocks_per_piece;
};

class PiecePickerProperty : public ::testing::TestWithParam<Shape> {};

TEST_P(PiecePickerProperty, holds_its_rules_under_random_events_and_always_finishes) {
  int endgames = 0;
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    SCOPED_TRACE(seed);
    Model model(GetParam().pieces, GetParam().blocks_per_piece, seed);
    for (int i = 0; i < 1500; ++i) {
      model.step();
      if (HasFatalFailure()) return;
      if (i % 100 == 0) model.check_counts();
      if (HasFatalFailure()) return;
    }
    model.finish();
    if (HasFatalFailure()) return;
    model.check_counts();
    if (HasFatalFailure()) return;
    endgames += model.endgame_seen() ? 1 : 0;
  }
  EXPECT_GT(endgames, 0) << "the endgame was not tried at all";
}

INSTANTIATE_TEST_SUITE_P(Shapes, PiecePickerProperty,
                         ::testing::Values(Shape{1, 8}, Shape{12, 4}, Shape{60, 1}, Shape{25, 8}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.pieces) + "_pieces_of_" +
                                  std::to_string(shape.param.blocks_per_piece);
                         });

}  // namespace
}  // namespace shoal::torrent::piece_picker_property_test
