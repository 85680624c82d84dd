#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <stop_token>

#include <asio/awaitable.hpp>

#include <shoal/seeder.hpp>

#include "session/context.hpp"
#include "session/offers.hpp"

namespace shoal::session {

/// The files that a seeder was given: takes them in, one after the other, and offers them. One
/// thread.
class OfferQueue : public std::enable_shared_from_this<OfferQueue> {
 public:
  OfferQueue(std::shared_ptr<SessionContext> context, std::shared_ptr<Offers> offers)
      : context_(std::move(context)), offers_(std::move(offers)) {}

  void add(const std::filesystem::path& path, OfferOptions options);
  /// Ends what is being hashed.
  void stop() { stop_.request_stop(); }

 private:
  struct Waiting {
    std::filesystem::path path;
    OfferOptions options;
  };

  static asio::awaitable<void> work(std::shared_ptr<OfferQueue> self);
  asio::awaitable<Result<void>> take(std::filesystem::path path, OfferOptions options);
  asio::awaitable<Result<void>> take_folder(std::filesystem::path path, OfferOptions options);
  /// Of a file that is not here, by its .torrent.
  asio::awaitable<Result<void>> take_name(std::filesystem::path torrent);
  /// False when that very file is offered already, which is told. Error: another one of its name
  /// is.
  [[nodiscard]] Result<bool> is_new(const FileInfo& file);
  asio::awaitable<void> write_torrent_of(const torrent::Content& content, OfferOptions options);
  void offer(const Offered& what);

  std::shared_ptr<SessionContext> context_;
  std::shared_ptr<Offers> offers_;
  std::deque<Waiting> queue_;  // in the order given
  bool busy_ = false;
  std::stop_source stop_;
};

}  // namespace shoal::session
