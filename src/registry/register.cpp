#include <string>

#include "metainfo/folder_info.hpp"
#include "metainfo/geometry.hpp"
#include "metainfo/name.hpp"
#include "registry/registry.hpp"

// A host offers a file or a folder: whether it may, and what becomes of who was there before.
namespace shoal::registry {
namespace {

using datagram::RefuseReason;
using datagram::RefuseReply;

std::unexpected<RefuseReply> refuse(RefuseReason reason, std::string message) {
  return std::unexpected(RefuseReply{reason, 0, {}, std::move(message)});
}

/// Of folders the info hash is believed, so one may come under another name, too.
std::unexpected<RefuseReply> taken(const FileInfo& holder, const FileInfo& offered) {
  const bool is_folder = holder.folder.has_value();
  const std::string what = holder.name == offered.name
                               ? "the name is taken by a " +
                                     std::string(is_folder ? "folder" : "file") + " of " +
                                     std::to_string(holder.length) + " bytes with " +
                                     (is_folder ? "info hash " : "root ") + to_hex(holder.root) +
                                     "; offer yours under another name"
                               : "what has that info hash is here under another name, \"" +
                                     printable(holder.name) + "\"";
  return std::unexpected(
      RefuseReply{RefuseReason::name_taken, holder.length, holder.root, what, is_folder});
}

std::unexpected<RefuseReply> spelled_otherwise(const std::string& name) {
  return refuse(RefuseReason::bad_name,
                "\"" + printable(name) +
                    "\" is here already, with its letters in other code points (an accented letter "
                    "may be one or two); give yours the name as it is spelled there, or another "
                    "one");
}

std::unexpected<RefuseReply> place_taken(const Endpoint& endpoint) {
  return refuse(RefuseReason::place_taken,
                "another program is registered at " + endpoint.to_string() +
                    ", and yours has not its secret; use another port (--listen), or wait until "
                    "nothing has been heard of it for a while");
}

std::expected<void, RefuseReply> check(const datagram::RegisterRequest& request) {
  if (request.port == 0) return refuse(RefuseReason::bad_request, "port 0 cannot be connected to");
  const FileInfo& file = request.file;
  if (auto name = check_name(file.name); !name)
    return refuse(RefuseReason::bad_name, std::move(name.error().message));
  if (auto visible = check_visible(file.name); !visible)
    return refuse(RefuseReason::bad_name, std::move(visible.error().message));
  if (file.folder) {
    auto sound = check_folder(file);
    if (sound) return {};
    const bool named_wrong = sound.error().code == Errc::bad_name;
    return refuse(named_wrong ? RefuseReason::bad_name : RefuseReason::bad_request,
                  std::move(sound.error().message));
  }
  if (file.length == 0) {
    if (file.piece_length == piece_length_for(0) && file.root == Digest{}) return {};
    return refuse(RefuseReason::bad_request,
                  "an empty file has a root of zeros and a piece length of " +
                      std::to_string(piece_length_for(0)) + ", not " +
                      std::to_string(file.piece_length));
  }
  if (auto geometry = Geometry::make(file.length, file.piece_length); !geometry)
    return refuse(RefuseReason::bad_request, std::move(geometry.error().message));
  return {};
}

}  // namespace

Registry::Target Registry::target(const FileInfo& file, const Endpoint& endpoint) const {
  Target found;
  found.swarm = catalogue_.find(file.name);
  if (found.swarm == kNone) {
    found.hash = info_hash(file);
    found.swarm = catalogue_.find(truncated(*found.hash));
  }
  if (found.swarm == kNone) return found;
  found.described = catalogue_[found.swarm].described();
  found.member = members_.find(found.swarm, endpoint);
  return found;
}

std::expected<Endpoint, RefuseReply> Registry::register_file(
    const datagram::RegisterRequest& request, const IpAddress& from, Time now) {
  if (auto checked = check(request); !checked) return std::unexpected(std::move(checked.error()));
  const FileInfo& file = request.file;
  const Endpoint endpoint = place(from, request.port, request.said);
  const auto speaker = [&] { return asker(endpoint, from, request.peer_id, request.proof); };

  const Id holder = hosts_.find(endpoint);
  const Id before = speaker() == kNone ? holder : kNone;
  if (before != kNone && !may_follow(before, request.proof, from, now))
    return place_taken(endpoint);

  Target to = target(file, endpoint);
  const auto in_the_way = [&](Id but) -> std::expected<void, RefuseReply> {
    const Id like = to.described ? to.swarm : catalogue_.find_spelled(file.name);
    if (like == kNone || catalogue_[like].file == file || held_by(like, but)) return {};
    if (to.described) return taken(catalogue_[like].file, file);
    return spelled_otherwise(catalogue_[like].file.name);
  };
  if (auto free = in_the_way(before); !free) return std::unexpected(std::move(free.error()));
  const bool had_it = to.member != kNone && members_[to.member].host != kNone;
  if (to.member == kNone) {
    const std::string_view name = to.described ? std::string_view() : file.name;
    if (auto why = make_room(to.swarm, name, from, now))
      return refuse(RefuseReason::table_full, std::move(*why));
  } else if (!had_it && from != endpoint.address) {
    return refuse(RefuseReason::bad_request,
                  "another client announces this file from " + endpoint.to_string());
  }

  // Granted: before that nobody had to go. Where somebody made room, ids may stand for nothing now.
  if (before != kNone) {
    if (hosts_.find(endpoint) == before) make_way(before, request.peer_id);
    to = target(file, endpoint);
    // Its twin may have stayed, with a file that is in the way.
    if (auto free = in_the_way(kNone); !free) return std::unexpected(std::move(free.error()));
  }
  if (to.swarm == kNone) to.swarm = catalogue_.add(truncated(*to.hash));
  if (!to.described) catalogue_.describe(to.swarm, file, *to.hash);
  const Time deadline = now + options_.host_lifetime;
  Id host = speaker();
  if (host == kNone)
    host = hosts_.add(endpoint, from, request.peer_id, request.proof, deadline);
  else
    hosts_.extend(host, deadline);
  enter(request, to.swarm, host, to.member);
  return endpoint;
}

bool Registry::may_follow(Id before, datagram::Proof proof, const IpAddress& from, Time now) const {
  const Host& host = hosts_[before];
  if (!is_proven(before) || host.proof == proof) return true;
  // It only says to be where the newcomer is heard from; or it has been silent for too long.
  const bool only_said = host.from != host.endpoint.address && from == host.endpoint.address;
  return only_said || (host.deadline <= now && spared_until_ <= now);
}

Id Registry::twin_of(Id host) const {
  const Id other = hosts_.find(hosts_[host].peer_id, !hosts_[host].endpoint.address.is_v4());
  return other != kNone && is_proven(host) && hosts_[other].proof == hosts_[host].proof ? other
                                                                                        : kNone;
}

bool Registry::held_by(Id swarm, Id host) const {
  if (host == kNone || catalogue_[swarm].size() > 2) return false;
  const Id twin = twin_of(host);
  bool alone = true;
  catalogue_[swarm].for_each([&](Id member) {
    const Id holder = members_[member].host;
    alone = alone && (holder == host || (holder == twin && twin != kNone));
  });
  return alone;
}

void Registry::make_way(Id before, const PeerId& peer_id) {
  const Id twin = hosts_[before].peer_id == peer_id ? kNone : twin_of(before);
  drop_host(before);
  if (twin != kNone) drop_host(twin);
}

void Registry::enter(const datagram::RegisterRequest& request, Id swarm, Id host, Id member) {
  Swarm& joined = catalogue_[swarm];
  Host& owner = hosts_[host];
  const std::uint32_t tag = tag_of(request.peer_id);
  const bool fresh = member == kNone;
  if (fresh) {
    member = members_.add(swarm, owner.endpoint, owner.from, request.complete, tag);
  } else {
    if (members_.update(member, request.complete, tag)) ++joined.completed;
    if (members_[member].host == kNone) announcers_.erase(members_.slab(), member);
    members_.heard(member);
  }

  Member& joining = members_[member];
  if (joining.host == kNone) {
    owner.files.push_back(members_.slab(), member);
    owner.set.add(joined.info_hash);
    joining.host = host;
  } else {
    owner.files.move_to_back(members_.slab(), member);
  }
  joining.epoch = owner.epoch;
  if (joining.twin == kNone) pair(member, host, fresh);
}

void Registry::pair(Id member, Id host, bool fresh) {
  const Host& owner = hosts_[host];
  const Id other = hosts_.find(owner.peer_id, !owner.endpoint.address.is_v4());
  if (other == kNone) return;
  const Id twin = members_.find(members_[member].swarm, hosts_[other].endpoint);
  if (twin == kNone || members_[twin].host != other) return;
  if (members_[twin].twin == kNone || fresh) members_.pair(twin, member);
}

}  // namespace shoal::registry
