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
  std::filesystem::path directory = ".";    ///< where the file goes; must exist
  std::optional<Digest> root;               ///< accept this content only
  std::chrono::milliseconds wait{0};        ///< how long to go on asking when nobody offers the name
};

/// One line of a tracker's catalogue.
struct CatalogueEntry {
  std::string name;
  std::uint64_t length = 0;
  std::size_t seeders = 0;
  std::size_t leechers = 0;
};

/// Fetches files by name, from many peers at once, and shares what it has proven meanwhile.
class Leecher {
 public:
  /// Listens at once. Throws std::system_error, with the address in its text, when it cannot.
  Leecher(Runtime& runtime, PeerOptions options, EventHandler on_event);
  ~Leecher();
  Leecher(Leecher&&) noexcept;

  /// Found, Progress... and then exactly one of Complete or Failed (by name) follow.
  void fetch(const std::string& name, FetchOptions options);
  /// The names that the trackers know, in byte order; the first tracker that answers decides.
  void list(const std::string& prefix, std::function<void(Result<std::vector<CatalogueEntry>>)> done);
  [[nodiscard]] Endpoint address() const;
  /// Stops fetching (what is on disk can be resumed), withdraws, closes all connections, then calls `done`.
  void close(std::function<void()> done);

 private:
  friend class Seeder;
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace shoal
