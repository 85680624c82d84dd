#pragma once

#include <memory>
#include <set>
#include <span>
#include <stop_token>
#include <string>

#include <asio/awaitable.hpp>

#include <shoal/leecher.hpp>

#include "session/context.hpp"
#include "session/fetch_task.hpp"
#include "session/offers.hpp"
#include "storage/part_file.hpp"
#include "storage/part_folder.hpp"

namespace shoal::session {

/// What a leecher fetches: a FetchTask for each target that is under way, and what they need of the
/// session and its disk. One thread.
class Fetches final : public FetchBackend, public std::enable_shared_from_this<Fetches> {
 public:
  Fetches(std::shared_ptr<SessionContext> context, std::shared_ptr<Offers> offers);

  void fetch(const std::string& target, FetchOptions options);
  /// See Leecher::list_folder(). Nothing is told after stop().
  void list_folder(const std::string& name, std::vector<std::string> parts,
                   std::function<void(Result<std::vector<FolderEntry>>)> done);
  /// Ends what is under way, and nothing is told of it any more. Swarms stay.
  void stop();

 private:
  static asio::awaitable<void> run(std::shared_ptr<Fetches> self, std::string target,
                                   FetchOptions options);
  static asio::awaitable<void> look_into(
      std::shared_ptr<Fetches> self, std::string name, FetchOptions options,
      std::function<void(Result<std::vector<FolderEntry>>)> done);
  asio::awaitable<std::optional<event::Failed>> go(std::string target, FetchOptions options);
  asio::awaitable<Result<storage::PartFile>> open_part(const Wanted& wanted,
                                                       const FetchOptions& options,
                                                       storage::PartOptions how);

  asio::awaitable<Result<std::unique_ptr<Download>>> begin_folder(const Wanted& wanted,
                                                                  const FetchOptions& options);
  asio::awaitable<Result<void>> take_over_other_versions(const Wanted& wanted,
                                                         const FetchOptions& options,
                                                         storage::PartFolder& folder,
                                                         std::span<const FileIndex> firsts);
  asio::awaitable<void> discard(std::unique_ptr<storage::PartFolder>& folder);
  void tell_of_no_locks(const std::filesystem::path& directory);

  void tell(const Event& event) override { context_->tell(event); }
  [[nodiscard]] bool stopped() const override { return stopped_ || context_->closed(); }
  [[nodiscard]] Clock::Look clock() const override { return Clock::look(); }
  [[nodiscard]] RealTime real_time() const override { return RealClock::now(); }
  asio::awaitable<void> pause(Duration duration) override;
  [[nodiscard]] std::optional<Here> held(const InfoHash& file) const override;
  [[nodiscard]] bool shares_part(const InfoHash& folder) const override;
  [[nodiscard]] std::optional<Part> take_part(const InfoHash& folder) override;
  asio::awaitable<bool> has_all(std::filesystem::path folder, std::shared_ptr<const FileTree> tree,
                                std::vector<FileIndex> entries) override;
  asio::awaitable<Result<Link>> read_link(std::string text) override;
  asio::awaitable<Result<Description>> describe(const Bytes& dictionary, bool is_folder) override;
  asio::awaitable<bool> holds(std::filesystem::path path, FileInfo file) override;
  [[nodiscard]] bool exists(const std::filesystem::path& path) const override;
  asio::awaitable<bool> is_taken(std::filesystem::path path) override;
  asio::awaitable<Result<void>> make_empty(std::filesystem::path path) override;
  asio::awaitable<Result<void>> adopt(const Wanted& wanted, std::filesystem::path path) override;
  asio::awaitable<Result<std::unique_ptr<Download>>> begin(const Wanted& wanted,
                                                           const FetchOptions& options) override;
  void completed(const Wanted& wanted, const std::filesystem::path& path) override;

  std::shared_ptr<SessionContext> context_;
  std::shared_ptr<Offers> offers_;
  std::shared_ptr<Finder> finder_;
  std::shared_ptr<FetchTurns> turns_;
  std::set<std::string> targets_;  // under way
  std::stop_source stop_;          // for what hashes
  bool stopped_ = false;
  bool told_of_no_locks_ = false;
};

}  // namespace shoal::session
