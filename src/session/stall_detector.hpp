#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <shoal/known_peers.hpp>

#include "base/clock.hpp"
#include "session/patience.hpp"
#include "torrent/download/time_account.hpp"

namespace shoal::session {

/// How a download stands.
struct DownloadSample {
  std::uint64_t bytes = 0;    ///< proven
  std::uint64_t fetched = 0;  ///< of these, from peers
  std::uint64_t arrived = 0;  ///< grows with whatever brings it on
  std::uint64_t checked = 0;  ///< of what the disk held before, by now
  bool complete = false;      ///< every piece is here; it is only read again
  bool held_back = false;     ///< by our own limit
  std::size_t peers = 0;      ///< connected
  KnownPeers known{};         ///< and why others are not
  std::size_t liars = 0;      ///< who were ended for wrong data
  std::size_t pieces = 0;
  std::uint64_t length = 0;    ///< bytes to have, of which `bytes` are here
  std::uint32_t files = 0;     ///< of a folder that are here whole
  std::uint32_t of_files = 0;  ///< that are wanted and not empty
  /// Pieces that are missing, when nothing else is and nobody is left who sends them right.
  std::size_t unprovable = 0;
  torrent::HeldTimes held{};  ///< where the time has gone
};

/// Says when a download has stalled: when people are to be told, when others are to be looked for,
/// and when it is given up. Pure; looked at several times a second.
class StallDetector {
 public:
  enum class Verdict : std::uint8_t {
    go_on,
    tell,        ///< go on, and say that nothing comes; once for each such time
    left_alone,  ///< there has been no peer for too long
    ignored,     ///< there are peers, and nothing has come from them for too long
    unprovable,  ///< what is missing was sent wrong each time, and nobody else has come
  };
  struct Finding {
    Verdict verdict = Verdict::go_on;
    bool find_peers = false;
  };

  /// `wait`: what the user gives it at the least.
  StallDetector(Duration wait, const Clock::Look& begin);

  [[nodiscard]] Finding look(const DownloadSample& sample, const Clock::Look& at);

 private:
  [[nodiscard]] bool is_hopeless(const DownloadSample& sample, Time now);

  Duration wait_;
  Patience patience_;
  std::uint64_t gaps_;
  std::uint64_t arrived_ = 0;
  std::uint64_t checked_ = 0;
  Time last_arrival_;
  Time asked_;  // for peers
  std::optional<Time> hopeless_since_;
};

}  // namespace shoal::session
