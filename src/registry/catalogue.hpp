#pragma once

#include <map>
#include <string_view>
#include <vector>

#include <shoal/file_info.hpp>

#include "datagram/datagram.hpp"
#include "registry/id_table.hpp"
#include "registry/siphash.hpp"
#include "registry/swarm.hpp"

namespace shoal::registry {

/// All swarms, by info hash and by name.
class Catalogue {
 public:
  explicit Catalogue(const SipKey& key) : key_(key) {}

  [[nodiscard]] Id find(const InfoHash20& hash) const;
  [[nodiscard]] Id find(std::string_view name) const;
  /// The file of which that name is a spelling (see metainfo/spelling.hpp).
  [[nodiscard]] Id find_spelled(std::string_view name) const;

  /// The tables by themselves, for who looks ahead; find() is a key's hash and a look.
  [[nodiscard]] std::uint64_t hash(BytesView key) const { return siphash(key_, key); }
  [[nodiscard]] const IdTable& by_hash() const { return by_hash_; }
  [[nodiscard]] const IdTable& by_name() const { return by_name_; }

  /// A swarm without file and peers. Precondition: find(hash) is kNone.
  [[nodiscard]] Id add(const InfoHash20& hash);
  /// Says what a swarm's file or folder is. Preconditions: nobody has yet, and no spelling of the
  /// name is taken.
  void describe(Id swarm, const FileInfo& file, const InfoHash& hash);
  void remove(Id swarm);

  /// The page that the request asks for, as long as it fits `limit` bytes of a list reply.
  void list(const datagram::ListRequest& request, std::size_t limit,
            datagram::ListReply& reply) const;

  [[nodiscard]] Swarm& operator[](Id swarm) { return swarms_[swarm]; }
  [[nodiscard]] const Swarm& operator[](Id swarm) const { return swarms_[swarm]; }
  [[nodiscard]] const Slab<Swarm>& slab() const { return swarms_; }
  [[nodiscard]] std::size_t size() const { return swarms_.size(); }
  [[nodiscard]] std::size_t name_bytes() const { return name_bytes_; }

 private:
  SipKey key_;
  Slab<Swarm> swarms_;
  IdTable by_hash_;
  IdTable by_name_;
  IdTable by_spelling_;                      ///< those that may be spelled otherwise
  std::map<std::string_view, Id> in_order_;  ///< keys point into the swarms' files
  std::size_t name_bytes_ = 0;               ///< of all names together
};

}  // namespace shoal::registry
