#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/events.hpp>
#include <shoal/keys.hpp>
#include <shoal/runtime.hpp>

namespace shoal {

class Leecher;
class Session;  // what is inside
struct SessionStatus;

/// How fast blocks may go out and come in, all files and peers together: bytes a second, 0 = no
/// limit. Below 16 KiB, one block, peers may lose patience. Trackers are always talked to.
struct RateLimits {
  std::uint64_t upload = 0;
  std::uint64_t download = 0;

  bool operator==(const RateLimits&) const = default;
};

/// What a seeder and a leecher have in common.
struct PeerOptions {
  std::vector<std::string> trackers = {"127.0.0.1:6000"};  ///< host:port, IPv6 in brackets
  std::optional<Endpoint> listen = std::nullopt;  ///< nothing = any free port on all addresses
  /// host:port where others reach us, for the magnet links we make (x.pe), which need no tracker.
  /// Trackers are told the first numeric one of each family, and list us there if they may.
  std::vector<std::string> public_addresses = {};
  /// Hashes of files are remembered there, so that a file which has not changed is not read again
  /// to be offered. Made when missing; bounded; a folder of this user's is closed to others. Empty:
  /// none are.
  std::filesystem::path cache_directory = {};
  std::size_t max_connections = 500;  ///< one address or /64 gets at most 9/10
  std::size_t upload_slots = 0;       ///< peers served at a time, in turn; 0 = everybody
  RateLimits limits;
  Keys keys{};  ///< of a closed swarm: trackers and peers are spoken to under these only
};

struct OfferOptions {
  /// NAME.torrent for other BitTorrent clients goes here, before the file is registered; one that
  /// is there already is replaced only if Shoal made it. Must exist. Empty: none is written. An
  /// empty file has none, for clients refuse it.
  std::filesystem::path torrent_directory = {};
  /// Others serve the file, such as another BitTorrent client; from here the trackers only hear of
  /// its name, length and root. Instead of the file itself, its .torrent will do.
  bool register_only = false;
  /// Refuse a folder with a link in it that cannot be offered, such as one that leads out of it;
  /// else such links are left out, with a Notice.
  bool strict_links = false;
};

/// Offers files: hashes them, registers them with every tracker, keeps them known, serves any
/// number of leechers.
class Seeder {
 public:
  /// Listens at once. Throws std::system_error, with the address in its text, when it cannot.
  Seeder(Runtime& runtime, PeerOptions options, EventHandler on_event);
  /// A leecher turns into a seeder: it takes over the port, the connections, the registrations and
  /// every file that the leecher has whole. The leecher is empty afterwards.
  explicit Seeder(Leecher&& leecher);
  ~Seeder();
  Seeder(Seeder&&) noexcept;

  /// Hashes and offers a file, or a folder with all that is in it. Registered or Refused follows,
  /// named by the path as given; a Notice if only its .torrent could not be written.
  void add(const std::filesystem::path& path, OfferOptions options = {});
  [[nodiscard]] Endpoint address() const;
  /// In place of PeerOptions::limits, from now on.
  void set_limits(const RateLimits& limits);
  /// In place of PeerOptions::upload_slots, from now on.
  void set_upload_slots(std::size_t slots);
  /// How it stands (shoal/session_status.hpp). Takes longer the more is offered.
  [[nodiscard]] SessionStatus status() const;
  /// The same without what has to be looked for: no transfers, and no peers.
  [[nodiscard]] SessionStatus totals() const;
  /// Withdraws all files, closes all connections, then calls `done`. Takes at most about a second.
  void close(std::function<void()> done);

 private:
  std::shared_ptr<Session> session_;
};

}  // namespace shoal
