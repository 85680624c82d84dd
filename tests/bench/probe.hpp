#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "hash/leaf_hasher.hpp"
#include "support/descriptor.hpp"

/// The speed of light on this machine: a file goes over loopback TCP in the frames that BitTorrent
/// puts around its blocks, its leaves are hashed and it is written. There is no protocol: what a
/// perfect seeder and leecher could do.
namespace shoal::bench {

inline constexpr std::size_t kBlock = 16384;
inline constexpr std::size_t kFrameHead = 13;  // of a piece message: length, id, index, begin
inline constexpr std::size_t kFrame = kFrameHead + kBlock;
inline constexpr std::size_t kBatch = 32;  // frames in a system call, blocks in a job

struct ProbeOptions {
  std::filesystem::path source;
  std::filesystem::path target;  ///< replaced
  unsigned workers = 2;          ///< that hash and write; one thread more receives
  LeafHashing hashing = LeafHashing::automatic;
};

struct ProbeResult {
  std::uint64_t bytes = 0;
  double seconds = 0;  ///< from the connection to the last byte written
  double send_cpu = 0;
  double receive_cpu = 0;
  std::string hashing;
};

/// Sends the file from a process of its own and receives it in this one.
[[nodiscard]] ProbeResult run_probe(const ProbeOptions& options);

/// What the sending process does with a connected socket. The file is mapped: no read, no copy but
/// the kernel's.
void send_frames(const std::filesystem::path& source, int socket);
/// The receiving side: `bytes` of content, framed. Returns the name of the hasher.
std::string receive_frames(int socket, std::uint64_t bytes, const ProbeOptions& options);

}  // namespace shoal::bench
