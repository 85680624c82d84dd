#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <shoal/error.hpp>
#include <shoal/events.hpp>
#include <shoal/leecher.hpp>

#include "base/clock.hpp"
#include "discovery/announcer.hpp"
#include "metainfo/description.hpp"
#include "metainfo/file_tree.hpp"
#include "metainfo/torrent_file.hpp"
#include "session/link.hpp"
#include "session/stall_detector.hpp"
#include "session/wanted.hpp"

/// What a FetchTask has others do. What a coroutine here is given by reference lives until it ends.
namespace shoal::session {

/// Looks for those who have what a link stands for, and for its info dictionary.
class Search {
 public:
  virtual ~Search() = default;

  /// As it came from a peer or was in the .torrent file.
  [[nodiscard]] virtual const std::optional<Bytes>& dictionary() const = 0;
  [[nodiscard]] virtual std::vector<Endpoint> peers() const = 0;
  /// Nothing is under way that could bring what is missing; what to tell people then.
  [[nodiscard]] virtual bool exhausted() const = 0;
  [[nodiscard]] virtual Error failure() const = 0;
  /// Returns when there is news, or after a moment.
  virtual asio::awaitable<void> wait() = 0;
  /// Looks no more.
  virtual void stop() = 0;
};

/// Knows what a name stands for, and who has it.
class Finder {
 public:
  virtual ~Finder() = default;

  /// See discovery::Announcer::find().
  virtual asio::awaitable<Result<discovery::Lookup>> look_up(FileName name,
                                                             std::optional<Digest> root,
                                                             Duration patience) = 0;
  /// What people should know of where everybody is seen.
  [[nodiscard]] virtual std::optional<std::string> warning_of(const discovery::Lookup& found) = 0;
  /// Begins. Peers that come up later than the description go to the download itself.
  [[nodiscard]] virtual std::shared_ptr<Search> search(const Link& link) = 0;
  /// What search() has the trackers hear of is over.
  virtual void unfollow(const InfoHash& file) = 0;
};

/// A file that is being filled.
class Download {
 public:
  virtual ~Download() = default;

  /// Until it ends, but no longer than that.
  virtual asio::awaitable<void> wait(Duration most) = 0;
  /// Nothing while it goes on; whole and in its place, or why it cannot be.
  [[nodiscard]] virtual std::optional<Result<void>> ended() const = 0;
  [[nodiscard]] virtual DownloadSample sample() const = 0;
  virtual void look_for_peers() = 0;
  /// What is on the disk can be gone on from; nobody hears of it any more.
  virtual void give_up() = 0;
};

/// The session around a fetch: its time, disk and peers, and who is told.
class FetchBackend {
 public:
  virtual ~FetchBackend() = default;

  virtual void tell(const Event& event) = 0;
  /// Nothing is to be fetched or told any more.
  [[nodiscard]] virtual bool stopped() const = 0;

  [[nodiscard]] virtual Clock::Look clock() const = 0;
  [[nodiscard]] virtual RealTime real_time() const = 0;
  virtual asio::awaitable<void> pause(Duration duration) = 0;

  /// A file that is here whole, and offered.
  struct Here {
    FileInfo file;
    std::filesystem::path path;
  };
  [[nodiscard]] virtual std::optional<Here> held(const InfoHash& file) const = 0;
  /// A part of that folder is here, and offered.
  [[nodiscard]] virtual bool shares_part(const InfoHash&) const { return false; }
  struct Part {
    TorrentFile known;                 ///< what its .torrent file would say
    std::vector<FileIndex> selection;  ///< which entries are here
  };
  /// It is not offered any more from here on: whoever fetches more of it offers all.
  [[nodiscard]] virtual std::optional<Part> take_part(const InfoHash&) { return std::nullopt; }
  /// These entries of the tree have their places and lengths in that folder.
  virtual asio::awaitable<bool> has_all(std::filesystem::path folder,
                                        std::shared_ptr<const FileTree> tree,
                                        std::vector<FileIndex> entries) = 0;
  /// See shoal::read_link().
  virtual asio::awaitable<Result<Link>> read_link(std::string text) = 0;
  /// See parse_description(), and parse_folder() where it has to be one. That may take as long as a
  /// second, and others go on meanwhile.
  virtual asio::awaitable<Result<Description>> describe(const Bytes& dictionary,
                                                        bool is_folder) = 0;
  /// A file of ours is that one.
  virtual asio::awaitable<bool> holds(std::filesystem::path path, FileInfo file) = 0;
  [[nodiscard]] virtual bool exists(const std::filesystem::path& path) const = 0;
  /// Something is there already, which is not an empty file that we have left.
  virtual asio::awaitable<bool> is_taken(std::filesystem::path path) = 0;
  virtual asio::awaitable<Result<void>> make_empty(std::filesystem::path path) = 0;
  /// What is there has to be just that file; then it is offered.
  virtual asio::awaitable<Result<void>> adopt(const Wanted& wanted, std::filesystem::path path) = 0;
  /// Opens what it is filled under, and begins.
  virtual asio::awaitable<Result<std::unique_ptr<Download>>> begin(const Wanted& wanted,
                                                                   const FetchOptions& options) = 0;
  /// It is whole, and at `path`: it is offered from here on.
  virtual void completed(const Wanted& wanted, const std::filesystem::path& path) = 0;
};

}  // namespace shoal::session
