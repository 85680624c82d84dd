#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <shoal/endpoint.hpp>
#include <shoal/leecher.hpp>
#include <shoal/runtime.hpp>
#include <shoal/seeder.hpp>
#include <shoal/session_status.hpp>

#include "net/address_watch.hpp"
#include "session/context.hpp"
#include "session/fetches.hpp"
#include "session/greeter.hpp"
#include "session/offer_queue.hpp"
#include "session/offers.hpp"

namespace shoal {

/// A running seeder or leecher, behind both of these: one port, the torrents behind it, what is
/// fetched and what is offered. Each part owns a kind of state; this makes them, starts them, and
/// ends them. A leecher's session becomes a seeder's by changing hands. One thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  enum class Role : std::uint8_t { leecher, seeder };

  /// Listens at once; throws std::system_error. Listening is told soon.
  [[nodiscard]] static std::shared_ptr<Session> start(Runtime& runtime, const PeerOptions& options,
                                                      EventHandler on_event, Role role);

  [[nodiscard]] Endpoint address() const { return address_; }

  void fetch(const std::string& target, FetchOptions options);
  void list(const std::string& prefix,
            std::function<void(Result<std::vector<CatalogueEntry>>)> done);
  void list_folder(const std::string& name, std::vector<std::string> parts,
                   std::function<void(Result<std::vector<FolderEntry>>)> done);
  void add(const std::filesystem::path& path, OfferOptions options);
  void set_limits(const RateLimits& limits);
  void set_upload_slots(std::size_t slots);
  /// session_status.cpp: for who looks on.
  [[nodiscard]] SessionStatus status() const;
  [[nodiscard]] SessionStatus totals() const;

  /// Nothing is fetched any more; what is whole is a seeder's from here on.
  void become_seeder();

  /// Withdraws, closes everything, then calls `done`.
  void close(std::function<void()> done);
  /// At once, without telling trackers.
  void abandon();

 private:
  Session(const Endpoint& address, std::shared_ptr<session::SessionContext> context,
          net::Listener listener);
  void begin(Role role);

  void greeted(net::Stream stream, const wire::Handshake& theirs);
  void addresses_changed(const net::AddressWatch::Change& change);
  /// Whether we were stopped for a while (RunningTime).
  static asio::awaitable<void> notice_gaps(std::shared_ptr<Session> self);
  void resumed(Time now);
  static asio::awaitable<void> list_and_tell(
      std::shared_ptr<session::SessionContext> context, std::string prefix,
      std::function<void(Result<std::vector<CatalogueEntry>>)> done);
  static asio::awaitable<void> leave(std::shared_ptr<Session> self, std::function<void()> done);

  const Endpoint address_;
  RateLimits limits_;
  const std::shared_ptr<session::SessionContext> context_;
  const std::shared_ptr<session::Greeter> greeter_;
  const std::shared_ptr<session::Offers> offers_;
  const std::shared_ptr<session::OfferQueue> offer_queue_;
  const std::shared_ptr<session::Fetches> fetches_;
  std::optional<net::AddressWatch> address_watch_;  // until the end
  asio::steady_timer gaps_timer_;
};

}  // namespace shoal
