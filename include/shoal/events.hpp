#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>
#include <shoal/file_info.hpp>
#include <shoal/held_by.hpp>
#include <shoal/known_peers.hpp>

/// What trackers, seeders and leechers tell the program that made them, on the Runtime's thread.
namespace shoal::event {

/// Peers (seeder, leecher) or datagrams (tracker) are received here.
struct Listening {
  Endpoint address;
};
/// A file is being hashed, before it can be offered or to see what a `.part` already holds.
struct Hashing {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t length = 0;
  std::uint64_t files = 0;  ///< of a folder, when it is offered
  std::uint64_t of_files = 0;
};
/// How much of a folder is here and offered, where that is not all of it.
struct FolderPart {
  std::uint32_t files = 0;  ///< and links
  std::uint64_t bytes = 0;

  bool operator==(const FolderPart&) const = default;
};
/// A tracker knows now that we offer the file. Once for each file, when the first tracker has
/// answered.
struct Registered {
  FileInfo file;
  InfoHash info_hash;
  std::string magnet;
  std::optional<FolderPart> part{};  ///< nothing: all of it is here
};
/// The file is not offered: missing, unreadable, badly named, in conflict, refused by a tracker.
struct Refused {
  std::string name;
  Error reason;
};
/// A tracker (`host:port`) stopped answering, or answers again.
struct TrackerState {
  std::string tracker;
  bool answers = false;
  std::string message;
};
/// The name stands for this file, and that many others have some of it. In this and in the events
/// that end a fetch, `target` is what Leecher::fetch() was given, where that was not the name.
struct Found {
  FileInfo file;
  InfoHash info_hash;
  std::size_t peers = 0;
  std::string target{};
  std::uint64_t bytes = 0;  ///< that are wanted: of a folder perhaps not all
  std::uint32_t files = 0;  ///< and links, of a folder, that are wanted
};
/// Several times a second while a file is fetched.
struct Progress {
  std::string name;
  std::uint64_t bytes = 0;     ///< proven
  std::uint64_t length = 0;    ///< of what is wanted
  double rate = 0;             ///< bytes a second, over the last seconds
  std::size_t peers = 0;       ///< connected
  KnownPeers known{};          ///< and why others are not
  std::uint32_t files = 0;     ///< of a folder that are here, of those that have content
  std::uint32_t of_files = 0;  ///< and are wanted
  HeldBy held_by{};            ///< over the last seconds
};
/// A peer sent data that is not the file's. What it sent wrong is thrown away and asked for again.
/// Once for each peer, or so: beyond some hundred of them nothing is told.
struct WrongData {
  std::string name;
  std::string peer;  ///< host:port, or the host alone where nobody knows its port
};
/// The name cannot be fetched yet for that reason, and FetchOptions::wait lets us go on asking. At
/// once, and again whenever the reason is another one.
struct Waiting {
  std::string name;  ///< or the target, while the name is not known
  Error reason;      ///< not_found: nobody offers it; no_tracker: no tracker answers
  std::string target{};
};
/// The file is whole, proven, and at `path`.
struct Complete {
  FileInfo file;
  std::filesystem::path path;
  std::uint64_t fetched = 0;  ///< bytes that came from peers; less than the length after a resume,
                              ///< or with pieces of zeros
  std::chrono::milliseconds took{};
  std::string target{};
  std::uint64_t bytes = 0;  ///< as in Found
  std::uint32_t files = 0;
  HeldBy held_by{};  ///< from the first peers asked for to the end; not known of what was here
};
/// The file is offered to others from here on (again, after Complete).
struct Seeding {
  FileInfo file;
  bool served = true;  ///< false: only its name is kept known (OfferOptions::register_only)
  std::optional<FolderPart> part{};  ///< as in Registered
};
/// The name will not be fetched, or the seeder gave up on a file while serving it.
struct Failed {
  std::string name;  ///< or the target, while the name is not known
  Error reason;
  std::string target{};
  std::optional<KnownPeers> peers{};  ///< of a fetch that had begun
};
/// Something people may want to know that fits none of the above.
struct Notice {
  std::string message;
};

}  // namespace shoal::event

namespace shoal {

using Event =
    std::variant<event::Listening, event::Hashing, event::Registered, event::Refused,
                 event::TrackerState, event::Waiting, event::Found, event::Progress,
                 event::WrongData, event::Complete, event::Seeding, event::Failed, event::Notice>;
using EventHandler = std::function<void(const Event&)>;

}  // namespace shoal
