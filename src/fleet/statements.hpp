#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "fleet/change.hpp"
#include "registry/registry.hpp"

namespace shoal::fleet {

/// What this tracker has to tell others of hosts: of one, to all who know something else; or of
/// everybody, to one who knows nothing. It is made of what is known at the time of telling, a batch
/// at a time, and is bounded by what is asked.
class Statements {
 public:
  static constexpr std::size_t kMostHosts = 10'000;  ///< waiting to be told of
  static constexpr std::size_t kMostAskers = 16;     ///< waiting to be told everything

  /// Whether no change of that host is under way. Until then nothing is told of it: what is told
  /// would stand behind that change in the log, and undo it.
  using Settled = std::function<bool(const Endpoint& host)>;

  void tell(const Endpoint& host);
  void tell_all(Origin asker);

  /// Puts the next changes into an empty batch, and for whom; false: there are none now.
  [[nodiscard]] bool take(const registry::Registry& registry, const Settled& settled, Batch& batch);

 private:
  /// One host, as far as it was told.
  struct Host {
    Endpoint host;
    std::vector<InfoHash> files;
    std::size_t told = 0;
  };
  /// Everybody, as far as they were told.
  struct Everybody {
    Origin asker{};
    registry::Id host = 0;        ///< the next one, among those of the registry
    std::vector<Endpoint> later;  ///< that were not settled
    registry::Id member = 0;      ///< the next that may be an announcer
    std::optional<Host> current;
  };
  class Room;

  /// True: all of it was told.
  static bool tell(Host& host, const registry::Registry& registry, Room& room);
  static bool tell(Everybody& everybody, const registry::Registry& registry, const Settled& settled,
                   Room& room);
  [[nodiscard]] static std::optional<Host> begin(const Endpoint& host,
                                                 const registry::Registry& registry, Room& room);
  bool take_hosts(const registry::Registry& registry, const Settled& settled, Batch& batch);
  bool take_everybody(const registry::Registry& registry, const Settled& settled, Batch& batch);

  std::deque<Endpoint> hosts_;
  std::set<Endpoint> waiting_;  ///< the same
  std::optional<Host> current_;
  std::deque<Everybody> everybody_;
  bool hosts_first_ = true;
};

}  // namespace shoal::fleet
