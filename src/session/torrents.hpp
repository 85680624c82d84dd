#pragma once

#include <map>
#include <memory>

#include <shoal/digest.hpp>

#include "session/swarm.hpp"

namespace shoal::session {

/// The torrents that are here, by what peers ask for in their handshakes. One thread.
class Torrents {
 public:
  using ByHash = std::map<InfoHash20, std::shared_ptr<Swarm>>;

  /// Peers that ask for this file are let in from now on.
  void add(const std::shared_ptr<Swarm>& swarm) {
    by_hash_[truncated(swarm->content().info_hash())] = swarm;
  }
  /// Closes it, where it is here.
  void remove(const InfoHash& file);
  /// Those of which something is missing.
  void remove_incomplete();
  void close();

  /// Null when it is not here.
  [[nodiscard]] std::shared_ptr<Swarm> find(const InfoHash& file) const {
    return find(truncated(file));
  }
  [[nodiscard]] std::shared_ptr<Swarm> find(const InfoHash20& asked_for) const;
  /// Not to be changed while they are gone through.
  [[nodiscard]] const ByHash& all() const { return by_hash_; }

 private:
  ByHash by_hash_;
};

}  // namespace shoal::session
