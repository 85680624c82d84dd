#include "registry/catalogue.hpp"

#include <algorithm>

#include "metainfo/spelling.hpp"

namespace shoal::registry {

Id Catalogue::find(const InfoHash20& hash) const {
  return by_hash_.find(siphash(key_, hash.bytes), [&](Id id) { return swarms_[id].key == hash; });
}

Id Catalogue::find(std::string_view name) const {
  return by_name_.find(siphash(key_, as_bytes(name)),
                       [&](Id id) { return swarms_[id].file.name == name; });
}

Id Catalogue::find_spelled(std::string_view name) const {
  if (!may_be_spelled_otherwise(name)) return find(name);
  const std::string common = common_spelling(name);
  return by_spelling_.find(siphash(key_, as_bytes(common)),
                           [&](Id id) { return common_spelling(swarms_[id].file.name) == common; });
}

Id Catalogue::add(const InfoHash20& hash) {
  const Id id = swarms_.add();
  swarms_[id].key = hash;
  by_hash_.insert(siphash(key_, hash.bytes), id);
  return id;
}

void Catalogue::describe(Id swarm, const FileInfo& file, const InfoHash& hash) {
  Swarm& described = swarms_[swarm];
  described.file = file;
  described.info_hash = hash;
  const std::string_view name = described.file.name;
  by_name_.insert(siphash(key_, as_bytes(name)), swarm);
  in_order_.emplace(name, swarm);
  name_bytes_ += name.size();
  if (may_be_spelled_otherwise(name))
    by_spelling_.insert(siphash(key_, as_bytes(common_spelling(name))), swarm);
}

void Catalogue::remove(Id swarm) {
  const Swarm& removed = swarms_[swarm];
  if (removed.described()) {
    name_bytes_ -= removed.file.name.size();
    in_order_.erase(removed.file.name);
    const std::string& name = removed.file.name;
    by_name_.erase(siphash(key_, as_bytes(name)), swarm);
    if (may_be_spelled_otherwise(name))
      by_spelling_.erase(siphash(key_, as_bytes(common_spelling(name))), swarm);
  }
  by_hash_.erase(siphash(key_, removed.key.bytes), swarm);
  swarms_.remove(swarm);
}

void Catalogue::list(const datagram::ListRequest& request, std::size_t limit,
                     datagram::ListReply& reply) const {
  reply.kinds = request.kinds;
  reply.more = false;
  reply.files.clear();
  auto at = request.after < request.prefix ? in_order_.lower_bound(request.prefix)
                                           : in_order_.upper_bound(request.after);
  // The empty name is nobody's, so an empty `after` is simply before everything.
  for (std::size_t used = datagram::kListHead;
       at != in_order_.end() && at->first.starts_with(request.prefix); ++at) {
    used += datagram::list_entry_size(at->first, request.kinds);
    if (used > limit) {
      reply.more = true;
      return;
    }
    const Swarm& swarm = swarms_[at->second];
    reply.files.push_back({swarm.file.name, swarm.file.length, swarm.seeders(), swarm.leechers()});
    if (swarm.file.folder) reply.files.back().files = swarm.file.folder->files;
  }
}

}  // namespace shoal::registry
