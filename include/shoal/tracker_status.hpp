#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

/// What a tracker has been asked and holds, for who watches it. Values: they belong to nobody.
namespace shoal {

/// What a datagram asks for: BEP 15's actions, and our own (docs/protocol.md).
enum class TrackerAction : std::uint8_t {
  connect,
  announce,
  scrape,
  register_file,
  register_folder,
  heartbeat,
  withdraw,
  lookup,
  list,
  unknown,  ///< under a valid connection id
};
inline constexpr std::size_t kTrackerActions = 10;

/// Why a datagram had no answer.
enum class TrackerDrop : std::uint8_t {
  no_request,           ///< shorter than any
  wrong_connection_id,  ///< made up, or too old
  not_opened,           ///< of a closed swarm: not sealed under its key, or seen before
};
inline constexpr std::size_t kTrackerDrops = 3;

/// Datagrams since the tracker was started.
struct TrackerCounters {
  struct Requests {
    std::uint64_t answered = 0;  ///< with what was asked for
    std::uint64_t refused = 0;   ///< with a reason
  };
  struct Families {
    Requests v4;
    Requests v6;
  };
  std::array<Families, kTrackerActions> requests{};
  std::array<std::uint64_t, kTrackerDrops> dropped{};

  [[nodiscard]] const Families& of(TrackerAction action) const {
    return requests[static_cast<std::size_t>(action)];
  }
  [[nodiscard]] std::uint64_t of(TrackerDrop reason) const {
    return dropped[static_cast<std::size_t>(reason)];
  }
};

/// How long answers took: from a datagram's being read until its answer was handed to the system.
/// Datagrams are read in batches, and all of one take as long as it.
struct ResponseTimes {
  static constexpr std::array<std::chrono::microseconds, 8> kBounds{
      std::chrono::microseconds(10),    std::chrono::microseconds(30),
      std::chrono::microseconds(100),   std::chrono::microseconds(300),
      std::chrono::microseconds(1000),  std::chrono::microseconds(3000),
      std::chrono::microseconds(10000), std::chrono::microseconds(100000)};

  /// By the first of the bounds that they did not exceed; the last is of those that exceeded all.
  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  std::chrono::nanoseconds sum{};
};

/// Peers of all files together. A host in both families is one in each.
struct TrackerPeers {
  struct Roles {
    std::size_t seeders = 0;
    std::size_t leechers = 0;
  };
  Roles v4;
  Roles v6;
};

struct TrackerStatus {
  std::size_t files = 0;       ///< and folders
  std::size_t name_bytes = 0;  ///< of their names
  TrackerPeers peers;
  TrackerCounters counters;
  ResponseTimes responses;
  std::size_t max_files = 0;
  std::size_t max_peers = 0;
  std::size_t max_per_address = 0;  ///< 0 = no bound
  std::size_t max_name_bytes = 0;
};

/// One file or folder that a tracker knows. Names and numbers are what strangers have said.
struct TrackedFile {
  std::string name;                                   ///< empty: only its info hash was announced
  std::uint64_t length = 0;                           ///< bytes
  std::optional<std::uint32_t> files = std::nullopt;  ///< in the folder that it is; none: a file
  std::uint32_t seeders = 0;
  std::uint32_t leechers = 0;
  std::uint32_t completed = 0;  ///< downloads that were seen to finish
};

}  // namespace shoal
