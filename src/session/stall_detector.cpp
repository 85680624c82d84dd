#include "session/stall_detector.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace shoal::session {
namespace {

using std::chrono::seconds;

constexpr Duration kMorePeers = seconds(30);  // how often trackers are asked for new peers
constexpr Duration kMorePeersWhenStalled = seconds(3);
// For somebody else to come who has what the only source has wrong.
constexpr Duration kLastHope = seconds(10);

StallDetector::Verdict stalled(Patience::Verdict verdict) {
  switch (verdict) {
    case Patience::Verdict::tell:
      return StallDetector::Verdict::tell;
    case Patience::Verdict::left_alone:
      return StallDetector::Verdict::left_alone;
    case Patience::Verdict::ignored:
      return StallDetector::Verdict::ignored;
    case Patience::Verdict::go_on:
      break;
  }
  return StallDetector::Verdict::go_on;
}

}  // namespace

StallDetector::StallDetector(Duration wait, const Clock::Look& begin)
    : wait_(wait),
      patience_(wait, begin.now),
      gaps_(begin.gaps),
      last_arrival_(begin.now),
      asked_(begin.now) {}

StallDetector::Finding StallDetector::look(const DownloadSample& sample, const Clock::Look& at) {
  const bool resumed = std::exchange(gaps_, at.gaps) != at.gaps;
  const bool checking = std::exchange(checked_, sample.checked) != sample.checked;
  const bool arrives = std::exchange(arrived_, sample.arrived) != sample.arrived;
  if (sample.held_back) patience_.held_back(at.now);
  // Nobody is needed while it is only read again, however long that takes.
  if (checking || resumed || sample.complete) patience_.begin_anew(at.now);
  if (arrives || sample.held_back || checking) last_arrival_ = at.now;

  Finding finding{.verdict = stalled(patience_.look(sample.peers, sample.arrived, at.now))};
  if (is_hopeless(sample, at.now)) finding.verdict = Verdict::unprovable;
  const bool stalls = sample.peers == 0 || at.now - last_arrival_ > kMorePeersWhenStalled;
  finding.find_peers = resumed || at.now - asked_ > (stalls ? kMorePeersWhenStalled : kMorePeers);
  if (finding.find_peers) asked_ = at.now;
  return finding;
}

bool StallDetector::is_hopeless(const DownloadSample& sample, Time now) {
  if (sample.unprovable == 0) {
    hopeless_since_.reset();
    return false;
  }
  if (!hopeless_since_) hopeless_since_ = now;
  return sample.peers > 0 && now - *hopeless_since_ > std::max(kLastHope, wait_);
}

}  // namespace shoal::session
