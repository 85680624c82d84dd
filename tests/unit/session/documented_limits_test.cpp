// What docs/security.md says of who may take how much, against what holds.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "base/least_port.hpp"
#include "metainfo/geometry.hpp"
#include "session/link.hpp"
#include "session/stall_watch.hpp"
#include "torrent/peer/peer.hpp"
#include "torrent/peer_limits.hpp"
#include "torrent/peers/peer_directory.hpp"
#include "torrent/peers/places.hpp"
#include "torrent/upload/leaf_desk.hpp"

namespace shoal::documented_limits_test {
namespace {

using namespace torrent;

std::string document() {
  std::ifstream file(std::filesystem::path(SHOAL_TEST_DATA) / "../../docs/security.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string mib(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

std::string kib(std::uint64_t bytes) {
  return std::to_string(bytes >> 10) + " KiB";
}

std::string seconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

/// As people write it.
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

TEST(SecurityDocument, says_the_limits_that_hold) {
  const std::string text = document();
  ASSERT_FALSE(text.empty());
  for (const std::string& words : {
           "for " + seconds(Places::kTrial) + " (`Places::kTrial`)",
           "less than " + kib(Places::kLeastUse) + " moved",
           std::to_string(Peer::kMostTalk) + " messages (`Peer::kMostTalk`)",
           mib(LeafDesk::kAllowance) + " for a party at once (`LeafDesk::kAllowance`)",
           mib(LeafDesk::kEachSecond) + " a second from then on (`LeafDesk::kEachSecond`)",
           std::to_string(LeafDesk::kMostWaiting) +
               " requests of it wait (`LeafDesk::kMostWaiting`)",
           "(`LeafDesk::kMostKept`, " + mib(64 * LeafDesk::kMostKept) + " with",
           grouped(kMaxPieces) + " pieces (`kMaxPieces`)",
           kib(PeerProtocol::kMostAnswers) + " a connection (`PeerProtocol::kMostAnswers`)",
           mib(kMostBeingWritten) + " together (`kMostBeingWritten`)",
           kib(kAlwaysBlocks * kBlockLength) + " in hand (`kAlwaysBlocks`)",
           seconds(session::StallWatch::kPatience) + " (`StallWatch::kPatience`)",
           std::to_string(PeerDirectory::kMostPortsOfAParty) + " (`kMostPortsOfAParty`)",
           std::to_string(PeerDirectory::kMostNamedPortsOfAParty) + " (`kMostNamedPortsOfAParty`)",
           "below " + std::to_string(kLeastPort) + " (`kLeastPort`)",
           grouped(PeerDirectory::kCapacity) + " places of the address book (`kCapacity`)",
           std::to_string(PeerDirectory::kMostFromATeller) + " (`kMostFromATeller`)",
           std::to_string(PeerDirectory::kMostFailuresOfTold) + " times (`kMostFailuresOfTold`)",
           std::to_string(PeerDirectory::kMostFirstCalls) + " a second (`kMostFirstCalls`)",
           std::to_string(kMostTrackersOfALink) + " (`kMostTrackersOfALink`)",
       }) {
    EXPECT_NE(text.find(words), std::string::npos) << "docs/security.md does not say: " << words;
  }
}

}  // namespace
}  // namespace shoal::documented_limits_test
