#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <shoal/leecher.hpp>

#include "base/clock.hpp"
#include "discovery/announcer.hpp"
#include "session/host.hpp"
#include "session/link.hpp"
#include "storage/part_file.hpp"

namespace shoal {

class LinkSearch;

/// A file that is here whole, and whose swarm the Host has (an empty file has none).
struct HeldFile {
  FileInfo file;
  InfoHash info_hash;
  std::filesystem::path path;
  bool registered = false;  // has been told
};

/// What the file is called where it is put.
[[nodiscard]] const std::string& local_name(const FileInfo& file, const FetchOptions& options);

/// Inner side of Leecher: one coroutine a target, from the lookup to Complete or Failed.
class Leecher::Impl : public std::enable_shared_from_this<Leecher::Impl> {
 public:
  explicit Impl(std::shared_ptr<Host> host) : host_(std::move(host)) {}

  void start();
  void fetch(const std::string& target, FetchOptions options);
  void list(const std::string& prefix,
            std::function<void(Result<std::vector<CatalogueEntry>>)> done);
  void close(std::function<void()> done);
  void abandon();
  /// The files that are whole; nothing is fetched any more.
  [[nodiscard]] std::vector<HeldFile> hand_over();
  [[nodiscard]] Host& host() { return *host_; }
  [[nodiscard]] std::shared_ptr<Host> host_ptr() { return host_; }

 private:
  /// A target on its way, as events name it.
  struct Asked {
    std::string name;                   // the target, or something better as soon as it is known
    std::string target;                 // empty if it is the name
    std::optional<KnownPeers> peers{};  // as they were when a download failed
  };
  /// What is to be fetched, from whom.
  struct Wanted {
    FileInfo file;
    InfoHash info_hash;
    std::vector<Endpoint> peers;
    std::optional<Bytes> info_dictionary;  // where that is not info_dict(file)
    std::vector<Digest> piece_layer;       // proven; may be empty
    std::string target;                    // see Asked
    std::size_t others{};                  // who have it; one may be at two addresses
    std::optional<std::string> warning{};  // to be told with what was found
    Asked* asked = nullptr;                // what it is fetched for

    /// Our trackers can know it by its name: what they are told makes its info hash.
    [[nodiscard]] bool known_by_name() const { return !info_dictionary; }
  };

  static asio::awaitable<void> run(std::shared_ptr<Impl> self, std::string target,
                                   FetchOptions options);
  /// The way of one target. An error is what Failed tells.
  asio::awaitable<Result<void>> fetch_asked(Asked& asked, FetchOptions options);
  asio::awaitable<Result<void>> fetch_name(Asked& asked, FetchOptions options);
  asio::awaitable<Result<void>> fetch_link(Asked& asked, FetchOptions options);
  /// See Target::either: a name where the trackers know it and the file is just that content, or
  /// no torrent.
  asio::awaitable<Result<void>> fetch_name_or_link(Asked& asked, FetchOptions options);
  /// One file of a name after the other; who comes second finds the first one in place.
  asio::awaitable<Result<void>> fetch_wanted(Wanted wanted, const FetchOptions& options);
  asio::awaitable<Result<void>> put_into_place(Wanted wanted, const FetchOptions& options);
  /// Waits while another target means the same file and is under way. True: it is here by then, and
  /// told to be Complete for this target, too.
  asio::awaitable<bool> came_by_another(InfoHash file, std::string target);

  asio::awaitable<Result<discovery::Lookup>> find(std::string name, const FetchOptions& options);
  /// Once, and in another normal form of Unicode when nobody knows the one that was typed.
  asio::awaitable<Result<discovery::Lookup>> find_in_any_spelling(std::string name,
                                                                  std::optional<Digest> root,
                                                                  Duration patience);
  asio::awaitable<Result<Wanted>> find_link(const Asked& asked, const Link& link,
                                            std::shared_ptr<LinkSearch> search,
                                            const FetchOptions& options);
  asio::awaitable<Result<void>> make_empty(Wanted wanted, std::filesystem::path path);
  asio::awaitable<Result<void>> adopt_existing(Wanted wanted, std::filesystem::path path);
  asio::awaitable<Result<void>> download(Wanted wanted, const FetchOptions& options);
  asio::awaitable<Result<storage::PartFile>> open_part(const FileInfo& file,
                                                       const FetchOptions& options,
                                                       std::function<void(std::uint64_t)> on_room);
  static asio::awaitable<void> look_for_peers(std::shared_ptr<Impl> self,
                                              std::shared_ptr<session::Swarm> swarm, bool by_name);
  void on_registered(const FileInfo& file);
  void on_refused(const FileInfo& file, const Error& reason);
  /// A file that was whole is not served any more.
  void lost(const HeldFile& held, const Error& reason);
  void completed(const Wanted& wanted, const std::filesystem::path& path, std::uint64_t fetched,
                 Time since);
  static asio::awaitable<void> list_and_tell(
      std::shared_ptr<Impl> self, std::string prefix,
      std::function<void(Result<std::vector<CatalogueEntry>>)> done);
  [[nodiscard]] bool stopped() const { return handed_over_ || host_->closed(); }

  std::shared_ptr<Host> host_;
  std::vector<HeldFile> complete_;
  std::set<std::string> targets_;  // under way
  std::set<InfoHash> under_way_;   // what they have led to
  std::set<std::string> writing_;  // names of files
  std::stop_source stop_;
  bool handed_over_ = false;
  bool told_of_no_locks_ = false;
};

}  // namespace shoal
