#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/held_by.hpp>
#include <shoal/known_peers.hpp>
#include <shoal/seeder.hpp>

/// How a running seeder or leecher stands, for who watches it. Values: they belong to nobody.
namespace shoal {

/// Bytes of files that have moved since the start; they never fall.
struct SessionTotals {
  std::uint64_t received = 0;  ///< from peers, proven or not
  std::uint64_t proven = 0;    ///< of these
  std::uint64_t wrong = 0;     ///< of pieces that were not what they should be, and came again
  std::uint64_t sent = 0;      ///< to peers
};

/// A peer that is connected, and what it has said of itself.
struct PeerStatus {
  Endpoint address;
  std::string client;    ///< its own words, not to be shown as they are; else its peer id's first 8
  bool dialled = false;  ///< by us
  double has = 0;        ///< of all pieces, 0 to 1
  std::uint64_t received = 0;  ///< bytes from it, in whole blocks
  std::uint64_t sent = 0;      ///< bytes to it
  bool chokes_us = false;      ///< it serves us nothing at the moment
  bool choked = false;         ///< we serve it nothing at the moment
  std::size_t asked = 0;       ///< blocks that we have asked it for and that are still to come
  std::size_t waiting = 0;     ///< blocks that it waits for
  std::chrono::milliseconds since{};  ///< it was connected
};

/// A stretch of a file or folder that is being fetched, as a part of a picture.
enum class MapCell : std::uint8_t { none, asked, some, half, most, all };

/// One file or folder that is fetched or offered.
struct TransferStatus {
  std::string name;
  std::filesystem::path path;
  bool fetching = false;     ///< else it is offered, as far as it is here
  std::uint64_t length = 0;  ///< bytes that are wanted
  std::uint64_t here = 0;    ///< of these, proven
  std::optional<std::uint32_t> files =
      std::nullopt;  ///< that are wanted, of a folder; none: a file
  std::uint32_t files_here = 0;
  std::uint32_t of_files =
      0;  ///< that the folder has in all; with `files`, empty ones do not count
  std::uint64_t received = 0;  ///< bytes from peers, since it is here
  std::uint64_t sent = 0;
  KnownPeers known;               ///< and why they are not connected
  std::size_t connected = 0;      ///< peers
  std::vector<PeerStatus> peers;  ///< not more of them than SessionStatus::kMostPeers
  HeldBy held_by;                 ///< since it is fetched; while it is
  std::vector<MapCell> map;       ///< while it is fetched; at most SessionStatus::kMapCells
};

struct SessionStatus {
  static constexpr std::size_t kMostTransfers = 200;
  static constexpr std::size_t kMostPeers = 100;  ///< of all transfers together
  static constexpr std::size_t kMapCells = 200;

  Endpoint listens;
  std::vector<std::string> trackers;
  SessionTotals totals;
  RateLimits limits;
  std::size_t upload_slots = 0;  ///< 0 = everybody is served
  std::size_t connections = 0;   ///< made and being made
  std::size_t max_connections = 0;
  std::size_t dialled = 0;   ///< peers that we have called
  std::size_t accepted = 0;  ///< that have called us
  std::size_t torrents = 0;  ///< files and folders that are fetched or offered
  std::size_t fetching = 0;  ///< of these
  std::size_t offering = 0;  ///< that are here
  /// Those that are fetched first, then those with peers; not more than kMostTransfers.
  std::vector<TransferStatus> transfers;
};

}  // namespace shoal
