#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <shoal/seeder.hpp>

#include "session/host.hpp"
#include "session/leecher_impl.hpp"

namespace shoal {

/// Inner side of Seeder: takes files in, one after the other, and looks after what is offered.
class Seeder::Impl : public std::enable_shared_from_this<Seeder::Impl> {
 public:
  explicit Impl(std::shared_ptr<Host> host) : host_(std::move(host)) {}

  /// Answers for the host from now on. `held`: files that it offers already.
  void take_over(const std::vector<HeldFile>& held);
  void add(const std::filesystem::path& path, OfferOptions options);
  void close(std::function<void()> done);
  void abandon();
  [[nodiscard]] Host& host() { return *host_; }

 private:
  static asio::awaitable<void> take_in_queued(std::shared_ptr<Impl> self);
  asio::awaitable<Result<void>> take_in(std::filesystem::path path, OfferOptions options);
  /// Of a file that is not here, by its .torrent.
  asio::awaitable<Result<void>> take_in_name(std::filesystem::path torrent);
  asio::awaitable<void> write_torrent_of(const torrent::Content& content, OfferOptions options);
  [[nodiscard]] session::SwarmEvents events_for(const FileInfo& file, const InfoHash& hash);
  /// False when that very file is offered already. Error: another one of its name is.
  [[nodiscard]] Result<bool> is_new(const FileInfo& file);
  void offer(const FileInfo& file, bool served);
  void stop_offering(const FileInfo& file, const InfoHash& hash);
  void on_registered(const FileInfo& file, const std::string& tracker);
  void on_refused(const FileInfo& file, const Error& reason, const std::string& tracker);

  /// A file that we offer, and what the trackers have said of it.
  struct Offered {
    FileInfo file;
    bool served = true;
    bool told = false;                   // that a tracker knows it
    std::set<std::string> refused_by{};  // trackers
  };

  std::shared_ptr<Host> host_;
  struct Waiting {
    std::filesystem::path path;
    OfferOptions options;
  };

  std::deque<Waiting> queue_;  // to be hashed, in the order given
  bool busy_ = false;
  std::stop_source stop_;
  std::map<std::string, Offered> offered_;  // by name
};

}  // namespace shoal
