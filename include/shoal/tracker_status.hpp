#pragma once

#include <array>
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
