#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/events.hpp>
#include <shoal/runtime.hpp>
#include <shoal/seeder.hpp>

namespace shoal {

class Session;  // what is inside
struct SessionStatus;

struct FetchOptions {
  std::filesystem::path directory = ".";      ///< where the file goes; must exist
  std::optional<Digest> root = std::nullopt;  ///< accept this content only
  std::chrono::milliseconds wait{0};  ///< how long to go on asking when nobody offers the name
  bool preallocate = false;  ///< take all the room from the disk before anything is fetched
  bool sync = false;         ///< Complete means: on the disk, to stay there in a power cut
  std::string as = {};       ///< what the file is called in `directory`; empty: by its own name
  /// Of a folder only these: paths of files or folders in it, or patterns (`*` and `?` within a
  /// name, `**` across folders, `[a-z]`). Empty: all of it.
  std::vector<std::string> parts = {};
  /// Accept this content only: of a folder as of a file.
  std::optional<InfoHash> info_hash = std::nullopt;
};

/// One line of a tracker's catalogue.
struct CatalogueEntry {
  std::string name;
  std::uint64_t length = 0;  ///< bytes; of a folder as its first seeder told the tracker
  std::size_t seeders = 0;
  std::size_t leechers = 0;
  std::optional<std::uint32_t> files = std::nullopt;  ///< in the folder that it is; none: a file
};

/// One entry of a folder: a file, or a symbolic link to another one in it.
struct FolderEntry {
  std::string path;  ///< from the folder, with "/" between its elements
  std::uint64_t length = 0;
  bool executable = false;
  std::string target = {};  ///< of a link, from the folder; empty: a file
};

/// Fetches files by name, magnet link or .torrent file, from many peers at once, and shares what it
/// has proven meanwhile.
class Leecher {
 public:
  /// Listens at once. Throws std::system_error, with the address in its text, when it cannot.
  Leecher(Runtime& runtime, PeerOptions options, EventHandler on_event);
  ~Leecher();
  Leecher(Leecher&&) noexcept;

  /// Found, Progress... and then exactly one of Complete or Failed follow.
  ///
  /// `target` is a name, which the trackers know; or, where it begins with "magnet:", a magnet link
  /// with a v2 info hash (BEP 9, 52); or, where it is an existing file that ends in ".torrent", the
  /// path of that. Of a link and of a .torrent file the udp:// trackers are asked besides our own,
  /// by info hash (BEP 15); others are ignored with a Notice. Peers in a link (x.pe) are dialled. A
  /// link's file has the name that its info dictionary gives it, which peers send (BEP 9).
  ///
  /// A target that means a file which is under way or here already shares its end: Complete alone
  /// follows, with nothing fetched for it.
  void fetch(const std::string& target, FetchOptions options);
  /// The names that the trackers know, in byte order; the first tracker that answers decides.
  void list(const std::string& prefix,
            std::function<void(Result<std::vector<CatalogueEntry>>)> done);
  /// What is in the folder that the trackers know by that name, in its order: all of it, or these
  /// parts (FetchOptions::parts). Its description comes from a peer; nothing is fetched.
  void list_folder(const std::string& name, std::vector<std::string> parts,
                   std::function<void(Result<std::vector<FolderEntry>>)> done);
  [[nodiscard]] Endpoint address() const;
  /// In place of PeerOptions::limits, from now on.
  void set_limits(const RateLimits& limits);
  /// In place of PeerOptions::upload_slots, from now on.
  void set_upload_slots(std::size_t slots);
  /// How it stands (shoal/session_status.hpp). Takes longer the more is offered.
  [[nodiscard]] SessionStatus status() const;
  /// The same without what has to be looked for: no transfers, and no peers.
  [[nodiscard]] SessionStatus totals() const;
  /// Stops fetching (what is on disk can be resumed), withdraws, closes all connections, then calls
  /// `done`.
  void close(std::function<void()> done);

 private:
  friend class Seeder;
  std::shared_ptr<Session> session_;
};

}  // namespace shoal
