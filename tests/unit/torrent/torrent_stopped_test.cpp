// Time in which the program did not run is nobody's silence.
#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"

namespace shoal::test::torrent_stopped_test {
namespace {

using namespace std::chrono_literals;

const SampleFile& file() {
  static const SampleFile sample(8 * kBlockLength, kBlockLength);
  return sample;
}

void stops_for_five_minutes(DrivenTorrent& leecher) {
  leecher.now += 5min;
  leecher.logic.resumed(leecher.now);
  leecher.waits(2s);
}

TEST(TorrentStopped, keeps_its_peers) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const auto key = leecher.joins("192.0.2.1:5000");
  stops_for_five_minutes(leecher);
  EXPECT_EQ(leecher.closed(key), "");
}

TEST(TorrentStopped, gives_those_whom_it_greets_their_time) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const auto key = leecher.comes("192.0.2.1:5000");
  stops_for_five_minutes(leecher);
  EXPECT_EQ(leecher.closed(*key), "");
  leecher.waits(9s);
  EXPECT_EQ(leecher.closed(*key), "no handshake in time");
}

}  // namespace
}  // namespace shoal::test::torrent_stopped_test
