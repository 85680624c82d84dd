#pragma once

#include <cstdint>
#include <vector>

#include "torrent/upload/revealer.hpp"

/// What the tests of the Revealer have in common.
namespace shoal::torrent::revealer_support {

inline constexpr std::uint32_t kPiece = 128 * 1024;
inline const Time kStart{std::chrono::seconds(1000)};

inline Geometry pieces(std::uint32_t count) {
  return *Geometry::make(std::uint64_t{count} * kPiece, kPiece);
}

inline ConnectionKey peer(std::uint64_t number) {
  return ConnectionKey{number};
}

inline std::vector<Revealer::Reveal> next(Revealer& revealer, Time now) {
  std::vector<Revealer::Reveal> out;
  revealer.next(now, out);
  return out;
}

inline void send_whole(Revealer& revealer, const Revealer::Reveal& reveal, Time now) {
  revealer.requested(reveal.peer, reveal.piece, now);
  revealer.sent(reveal.peer, reveal.piece, kPiece, now);
}

}  // namespace shoal::torrent::revealer_support
