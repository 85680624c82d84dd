#pragma once

#include <cstdint>
#include <vector>

#include <shoal/endpoint.hpp>

#include "base/clock.hpp"
#include "fleet/change.hpp"
#include "registry/id_table.hpp"
#include "registry/siphash.hpp"
#include "registry/slab.hpp"

namespace shoal::fleet {

using registry::Id;
using registry::kNone;

/// A change of ours, by its place among all of them; the first is 1.
using Ticket = std::uint64_t;

/// Who looks after a host, and what is to be found out of it. It may be here without the host being
/// in the registry: then it ends with its deadline.
struct Care {
  Endpoint host;
  Origin home{};  ///< the tracker it called last; kNobody: not known
  Time deadline;
  Ticket changed = 0;              ///< our last change of it
  Fingerprint expected = kUnsure;  ///< what its home knows, as long as we know something else
  std::uint8_t era = 0;            ///< when it was told of last, see Filling
  std::uint8_t wanted = 0;         ///< how often it was asked for since a heartbeat that differed
  registry::Links links;           ///< among our own, or among the others'
};

/// The cares for all hosts, by endpoint. Those of our own hosts and of the others' are in order of
/// deadline: the others have a longer one, as only a home knows when its host called.
class Cares {
 public:
  Cares(Origin self, const registry::SipKey& key, Duration own, Duration others)
      : self_(self), key_(key), own_lifetime_(own), others_lifetime_(others) {}

  [[nodiscard]] Id find(const Endpoint& host) const;
  /// That of a host which may be new; then its home is not known.
  Id find_or_add(const Endpoint& host, Time now);
  /// The host called that tracker, or was told of (kNobody): it lives on.
  void heard(Id care, Origin home, Time now);
  void remove(Id care);

  [[nodiscard]] bool is_own(Id care) const { return cares_[care].home == self_; }
  [[nodiscard]] std::vector<Endpoint> own() const { return all(own_.front()); }
  [[nodiscard]] std::vector<Endpoint> others() const { return all(others_.front()); }
  /// Whose deadline comes first; kNone without any.
  [[nodiscard]] Id first_own() const { return own_.front(); }
  [[nodiscard]] Id first_other() const { return others_.front(); }

  [[nodiscard]] Care& operator[](Id care) { return cares_[care]; }
  [[nodiscard]] const Care& operator[](Id care) const { return cares_[care]; }
  [[nodiscard]] std::size_t size() const { return cares_.size(); }

 private:
  [[nodiscard]] std::uint64_t hash(const Endpoint& host) const;
  [[nodiscard]] std::vector<Endpoint> all(Id first) const;
  [[nodiscard]] registry::IdList& list(Id care) { return is_own(care) ? own_ : others_; }

  Origin self_;
  registry::SipKey key_;
  Duration own_lifetime_;
  Duration others_lifetime_;
  registry::Slab<Care> cares_;
  registry::IdTable index_;
  registry::IdList own_;
  registry::IdList others_;
};

}  // namespace shoal::fleet
