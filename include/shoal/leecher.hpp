#pragma once

#include <chrono>
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

struct FetchOptions {
  std::filesystem::path directory = ".";      ///< where the file goes; must exist
  std::optional<Digest> root = std::nullopt;  ///< accept this content only
  std::chrono::milliseconds wait{0};  ///< how long to go on asking when nobody offers the name
  bool preallocate = false;  ///< take all the room from the disk before anything is fetched
  bool sync = false;         ///< Complete means: on the disk, to stay there in a power cut
  std::string as = {};       ///< what the file is called in `directory`; empty: by its own name
};

/// One line of a tracker's catalogue.
struct CatalogueEntry {
  std::string name;
  std::uint64_t length = 0;
  std::size_t seeders = 0;
  std::size_t leechers = 0;
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
  [[nodiscard]] Endpoint address() const;
  /// In place of PeerOptions::limits, from now on.
  void set_limits(const RateLimits& limits);
  /// In place of PeerOptions::upload_slots, from now on.
  void set_upload_slots(std::size_t slots);
  /// Stops fetching (what is on disk can be resumed), withdraws, closes all connections, then calls
  /// `done`.
  void close(std::function<void()> done);

 private:
  friend class Seeder;
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace shoal
