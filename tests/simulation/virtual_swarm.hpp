#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "simulation/virtual_file.hpp"
#include "simulation/virtual_host.hpp"

namespace shoal::simulation {

/// Hosts that exchange a file over lines of limited rate, on virtual time: the real Torrent behind
/// each, and links in place of sockets. The same seed gives the same run.
class VirtualSwarm {
 public:
  /// `file` outlives it. `delay`: from one host to another, one way.
  VirtualSwarm(const VirtualFile& file, Duration delay, std::uint64_t seed = 0)
      : file_(file), delay_(delay), seed_(seed), random_(seed + 1) {}

  /// Has the whole file, and shows it piece by piece.
  VirtualHost& add_seeder(const Line& line);
  /// Has the whole file as a leecher has that is done, and shows all of it.
  VirtualHost& add_holder(const Line& line);
  /// Comes at that time after the start, and hears of at most 60 of those who are there.
  VirtualHost& add_leecher(const Line& line, Duration joins_after = {});
  /// Breaks all connections of the host once it has sent so many bytes.
  void vanish_after(VirtualHost& host, std::uint64_t sent) { vanishing_[&host] = sent; }

  /// Until all who do not lie have the file, at most `limit`; the time it took.
  Duration run(Duration limit);
  [[nodiscard]] bool all_complete() const;

  std::size_t upload_slots = 0;  ///< of everybody who is added afterwards; 0 = no limit
  std::uint64_t events = 0;      ///< handled so far

  // ---- for the hosts
  [[nodiscard]] const VirtualFile& file() const { return file_; }
  [[nodiscard]] Duration delay() const { return delay_; }
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] VirtualHost* find(const Endpoint& endpoint) const;
  void schedule(Event event);

 private:
  VirtualHost& add(const Line& line, torrent::Content content);
  void join(VirtualHost& host);

  const VirtualFile& file_;
  Duration delay_;
  std::uint64_t seed_;
  std::minstd_rand random_;
  Time now_{std::chrono::hours(1)};
  std::vector<Event> queue_;  // a heap, the earliest on top
  std::uint64_t last_number_ = 0;
  std::vector<std::unique_ptr<VirtualHost>> hosts_;
  std::unordered_map<IpAddress, VirtualHost*> by_address_;
  std::vector<VirtualHost*> here_;
  std::map<VirtualHost*, std::uint64_t> vanishing_;
};

}  // namespace shoal::simulation
