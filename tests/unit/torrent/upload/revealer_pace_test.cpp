// How long an owner may take, behind thin lines and wide ones.
#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "torrent/upload/revealer.hpp"
#include "unit/torrent/upload/revealer_support.hpp"

namespace shoal::torrent::revealer_pace_test {
namespace {

using namespace revealer_support;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Honest peers behind one line of ours. The system takes a lump for each at once; then they are
/// served a lump at a time, one after the other, or all side by side.
class ThinLine {
 public:
  ThinLine(Revealer& revealer, const Geometry& geometry, double bytes_a_second, bool side_by_side)
      : revealer_(revealer),
        geometry_(geometry),
        rate_(bytes_a_second),
        side_by_side_(side_by_side) {}

  /// Until every piece has left or that time is over; how many pieces were shown twice.
  std::size_t shown_twice(Time end) {
    for (; !revealer_.open() && now_ < end; now_ += milliseconds(250)) {
      revealer_.take_back_idle(now_);
      show();
      pass(rate_ / 4);
    }
    return twice_;
  }

 private:
  struct Asked {
    PieceIndex piece;
    std::uint32_t sent;
  };

  /// So many bytes go out.
  void pass(double bytes) {
    const std::size_t served = side_by_side_ ? turns_.size() : 1;
    for (std::size_t i = 0; i < served && !turns_.empty(); ++i) {
      const ConnectionKey who = turns_.front();
      double& credit = credit_[who] += bytes / static_cast<double>(served);
      if (credit < lump(who) && !side_by_side_) return;
      turns_.pop_front();
      if (credit >= lump(who)) {
        credit -= lump(who);
        serve(who);
      }
      if (!asked_[who].empty()) turns_.push_back(who);
      show();
    }
  }
  void show() {
    for (const auto& [who, piece] : next(revealer_, now_)) {
      if (revealer_.open()) return;
      if (!shown_.insert(value(piece)).second) ++twice_;
      revealer_.requested(who, piece, now_);
      const bool first = !asked_.contains(who);
      auto& queue = asked_[who];
      queue.push_back({piece, 0});
      if (first) serve(who);
      if (!queue.empty() && std::ranges::find(turns_, who) == turns_.end()) turns_.push_back(who);
    }
  }
  [[nodiscard]] std::uint32_t lump(ConnectionKey who) {
    const auto& [piece, sent] = asked_[who].front();
    return std::min(4 * kBlockLength, geometry_.size(piece) - sent);
  }
  void serve(ConnectionKey who) {
    const std::uint32_t bytes = lump(who);
    auto& [piece, sent] = asked_[who].front();
    sent += bytes;
    for (std::uint32_t done = 0; done < bytes; done += kBlockLength) {
      revealer_.sent(who, piece, kBlockLength, now_);
    }
    if (sent < geometry_.size(piece)) return;
    revealer_.announced(who, piece, now_);
    asked_[who].pop_front();
  }

  Revealer& revealer_;
  const Geometry& geometry_;
  double rate_;
  bool side_by_side_;
  Time now_ = kStart;
  std::map<ConnectionKey, std::deque<Asked>> asked_;
  std::map<ConnectionKey, double> credit_;
  std::deque<ConnectionKey> turns_;
  std::set<std::uint32_t> shown_;
  std::size_t twice_ = 0;
};

TEST(Revealer, on_a_thin_line_nobody_is_blamed_for_waiting_for_his_turn) {
  for (const bool side_by_side : {false, true}) {
    for (const std::uint32_t piece_length : {32u << 10, 128u << 10, 1u << 20, 4u << 20}) {
      const Geometry geometry = *Geometry::make(40ull * piece_length, piece_length);
      Revealer revealer(geometry, 1);
      for (std::uint64_t n = 1; n <= 16; ++n) revealer.joined(peer(n));
      ThinLine line(revealer, geometry, 256'000 / 8, side_by_side);
      EXPECT_EQ(line.shown_twice(kStart + std::chrono::hours(3)), 0u) << piece_length;
      EXPECT_TRUE(revealer.open()) << piece_length;
    }
  }
}

TEST(Revealer, who_takes_a_block_now_and_then_does_not_keep_the_last_pieces_either) {
  constexpr std::uint32_t kLarge = 1 << 20;
  Revealer revealer(*Geometry::make(60ull * kLarge, kLarge), 1);
  for (std::uint64_t n = 1; n <= 4; ++n) revealer.joined(peer(n));
  std::deque<PieceIndex> asked;           // by peer 4, which takes 10 MB/s
  std::uint32_t sent = 0;                 // of the first of them
  std::vector<Revealer::Reveal> trickle;  // to the others, a block at a time
  Time now = kStart;
  for (int step = 0; now < kStart + seconds(120) && !revealer.open(); ++step) {
    now = kStart + step * milliseconds(10);
    if (step % 25 == 0) revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      revealer.requested(reveal.peer, reveal.piece, now);
      if (reveal.peer == peer(4)) {
        asked.push_back(reveal.piece);
      } else {
        trickle.push_back(reveal);
      }
    }
    if (step % 90 == 0) {
      for (const auto& [who, piece] : trickle) revealer.sent(who, piece, kBlockLength, now);
    }
    for (int block = 0; block < 6 && !asked.empty(); ++block) {
      revealer.sent(peer(4), asked.front(), kBlockLength, now);
      sent += kBlockLength;
      if (sent < kLarge) continue;
      revealer.announced(peer(4), asked.front(), now);
      asked.pop_front();
      sent = 0;
    }
  }
  EXPECT_TRUE(revealer.open());
  EXPECT_LE(now, kStart + seconds(40));
}

}  // namespace
}  // namespace shoal::torrent::revealer_pace_test
