#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <shoal/leecher.hpp>

#include "base/clock.hpp"
#include "discovery/announcer.hpp"
#include "host.hpp"

namespace shoal {

/// Inner side of Leecher: one coroutine a name, from the lookup to Complete or Failed.
class Leecher::Impl : public std::enable_shared_from_this<Leecher::Impl> {
 public:
  explicit Impl(std::shared_ptr<Host> host) : host_(std::move(host)) {}

  void start();
  void fetch(const std::string& name, FetchOptions options);
  void list(const std::string& prefix,
            std::function<void(Result<std::vector<CatalogueEntry>>)> done);
  void close(std::function<void()> done);
  void abandon();
  /// The files that are whole; nothing is fetched any more.
  [[nodiscard]] std::vector<FileInfo> hand_over();
  [[nodiscard]] Host& host() { return *host_; }
  [[nodiscard]] std::shared_ptr<Host> host_ptr() { return host_; }

 private:
  using Lookup = discovery::Lookup;

  static asio::awaitable<void> run(std::shared_ptr<Impl> self, std::string name,
                                   FetchOptions options);
  /// The way of one name. An error is what Failed tells.
  asio::awaitable<Result<void>> fetch_one(std::string name, FetchOptions options);
  asio::awaitable<Result<Lookup>> find(std::string name, const FetchOptions& options);
  asio::awaitable<Result<void>> make_empty(FileInfo file, std::filesystem::path path);
  asio::awaitable<Result<void>> adopt_existing(FileInfo file, std::filesystem::path path);
  asio::awaitable<Result<void>> download(Lookup found, const FetchOptions& options);
  static asio::awaitable<void> look_for_peers(std::shared_ptr<Impl> self,
                                              std::shared_ptr<swarm::Swarm> swarm);
  void completed(const FileInfo& file, const std::filesystem::path& path, std::uint64_t fetched,
                 Time since);
  static asio::awaitable<void> list_and_tell(
      std::shared_ptr<Impl> self, std::string prefix,
      std::function<void(Result<std::vector<CatalogueEntry>>)> done);
  [[nodiscard]] bool stopped() const { return handed_over_ || host_->closed(); }

  std::shared_ptr<Host> host_;
  std::vector<FileInfo> complete_;
  std::set<std::string> fetching_;  // names under way
  std::stop_source stop_;
  bool handed_over_ = false;
};

}  // namespace shoal
