#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

#include "metainfo/file_tree.hpp"
#include "session/context.hpp"

namespace shoal::session {

/// A file that we offer, and what trackers have said of it.
struct Offered {
  FileInfo file;
  InfoHash info_hash;  ///< not that of `file` where others describe it in other words
  std::filesystem::path path{};
  bool served = true;                       ///< false: only its name is kept known
  bool whole = true;                        ///< false: a part of a folder
  std::optional<event::FolderPart> part{};  ///< of a folder that was fetched in part
  std::shared_ptr<const FileTree> tree{};   ///< of a folder
  std::vector<FileIndex> selection{};       ///< what of it was fetched
  bool known = false;                       ///< to a tracker, as people were told
  std::set<std::string> refused_by{};       ///< trackers
};

/// The files that are offered: of a leecher those that have come, or were here; of a seeder all
/// that it was given too. Hears what trackers say of them, and what becomes of them on the disk.
/// One thread.
class Offers : public std::enable_shared_from_this<Offers> {
 public:
  explicit Offers(std::shared_ptr<SessionContext> context) : context_(std::move(context)) {}

  /// Once: hears the trackers from here on.
  void start();
  /// These are a seeder's from now on: people hear of each, of what trackers refuse, and where
  /// trackers see us.
  enum class Before : std::uint8_t { nothing, leecher };
  void become_those_of_a_seeder(Before before);

  /// `by_name`: trackers hear of it by its name.
  void add(Offered offered, bool by_name);
  /// The folder at that path is offered again, as it is now: what it was before makes way, and so
  /// does one of that name of which something is not what it was. Its tree, if there was one.
  std::shared_ptr<const FileTree> make_way_for(const FileInfo& folder,
                                               const std::filesystem::path& path);
  /// A part of a folder is not offered any more: whoever calls this has it in hand.
  std::optional<Offered> take_part(const InfoHash& folder);
  /// Of the folder that is offered by that name; null: none is.
  [[nodiscard]] std::shared_ptr<const FileTree> tree_of(const std::string& name) const;
  /// Null when it is not offered.
  [[nodiscard]] const Offered* find(const InfoHash& file) const;
  /// Whether it is a new one. Error: another one of its name is offered.
  struct Same {
    const Offered* offered;  ///< null: none
  };
  [[nodiscard]] Result<Same> find_same(const FileInfo& file) const;

 private:
  struct Entry {
    Offered offered;
    std::uint64_t number;  // in the order in which they came
  };

  void on_registered(const FileInfo& file, const std::string& tracker);
  void on_refused(const FileInfo& file, const Error& reason, const std::string& tracker);
  void on_put_off(const FileInfo& file, const Error& reason);
  void on_listed(const std::string& tracker, const Endpoint& listed,
                 const std::optional<Endpoint>& said);
  void look_after(Swarm& swarm);
  /// It is not served any more.
  void lost(const InfoHash& file, const Error& reason);
  void lost_file(const InfoHash& folder, const std::optional<Error>& told);
  /// Of a folder: in which files it differs from what holds its name, if that can be found out.
  static asio::awaitable<void> tell_refusal(std::shared_ptr<Offers> self, std::string name,
                                            Error reason, std::shared_ptr<const FileTree> tree);
  void on_rotten(const InfoHash& file, PieceIndex piece, const std::optional<Error>& unreadable);
  void remove(const InfoHash& file);

  std::shared_ptr<SessionContext> context_;
  std::map<InfoHash, Entry> by_hash_;
  std::multimap<std::string, InfoHash> by_name_;
  std::set<InfoHash> known_early_;  // to a tracker, while they are fetched
  std::size_t comparing_ = 0;       // folders that were refused, with those that hold their names
  std::uint64_t last_number_ = 0;
  bool of_a_seeder_ = false;
  bool was_of_a_leecher_ = false;
};

}  // namespace shoal::session
