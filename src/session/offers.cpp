#include "session/offers.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "discovery/visibility.hpp"
#include "net/own_addresses.hpp"
#include "net/spawn.hpp"
#include "session/folder_conflict.hpp"

namespace shoal::session {
namespace {

constexpr std::size_t kMostComparing = 4;  // at a time: descriptions may be long

}  // namespace

void Offers::start() {
  discovery::AnnouncerEvents events;
  const std::weak_ptr<Offers> weak = weak_from_this();
  events.on_registered = [weak](const FileInfo& file, const std::string& tracker) {
    if (const auto self = weak.lock()) self->on_registered(file, tracker);
  };
  events.on_refused = [weak](const FileInfo& file, const Error& reason,
                             const std::string& tracker) {
    if (const auto self = weak.lock()) self->on_refused(file, reason, tracker);
  };
  events.on_put_off = [weak](const FileInfo& file, const Error& reason, const std::string&) {
    if (const auto self = weak.lock()) self->on_put_off(file, reason);
  };
  events.on_listed = [weak](const std::string& tracker, const Endpoint& listed,
                            const std::optional<Endpoint>& said) {
    if (const auto self = weak.lock()) self->on_listed(tracker, listed, said);
  };
  events.on_tracker_state = [weak](const std::string& tracker, bool answers,
                                   const std::string& message) {
    if (const auto self = weak.lock())
      self->context_->tell(event::TrackerState{tracker, answers, message});
  };
  context_->announcer().set_events(std::move(events));
}

void Offers::become_those_of_a_seeder(Before before) {
  of_a_seeder_ = true;
  was_of_a_leecher_ = before == Before::leecher;
  if (was_of_a_leecher_) context_->announcer().tell_listed_again();
  std::vector<const Entry*> entries;
  for (const auto& [hash, entry] : by_hash_) entries.push_back(&entry);
  std::ranges::sort(entries, {}, &Entry::number);
  std::vector<Offered> all;  // whoever is told may change what is here
  for (const Entry* entry : entries) all.push_back(entry->offered);
  for (const Offered& one : all) {
    context_->tell(event::Seeding{.file = one.file, .part = one.part});
    // Trackers know of a part since it was begun; of what is whole they hear anew.
    if (known_early_.erase(one.info_hash) > 0 && one.part) on_registered(one.file, {});
  }
}

// ---- what is offered --------------------------------------------------------

void Offers::add(Offered offered, bool by_name) {
  const FileInfo file = offered.file;
  const InfoHash hash = offered.info_hash;
  const bool complete = offered.served && offered.whole;
  remove(hash);
  by_name_.emplace(file.name, hash);
  by_hash_.emplace(hash, Entry{std::move(offered), ++last_number_});
  if (const auto swarm = context_->torrents().find(hash)) look_after(*swarm);
  // Who only keeps a name known is to trackers a peer that has nothing yet.
  if (by_name) context_->announcer().offer(file, complete);
}

void Offers::remove(const InfoHash& file) {
  const auto found = by_hash_.find(file);
  if (found == by_hash_.end()) return;
  const auto [first, last] = by_name_.equal_range(found->second.offered.file.name);
  for (auto one = first; one != last; ++one) {
    if (one->second != file) continue;
    by_name_.erase(one);
    break;
  }
  by_hash_.erase(found);
}

std::shared_ptr<const FileTree> Offers::make_way_for(const FileInfo& folder,
                                                     const std::filesystem::path& path) {
  const auto [first, last] = by_name_.equal_range(folder.name);
  for (auto one = first; one != last; ++one) {
    const Offered& before = by_hash_.at(one->second).offered;
    const bool another_now = !path.empty() && before.path == path && before.file != folder;
    if (!before.file.folder || (before.whole && !another_now)) continue;
    const InfoHash hash = one->second;
    auto tree = before.tree;
    remove(hash);
    context_->stop_serving(hash);
    return tree;
  }
  return nullptr;
}

std::optional<Offered> Offers::take_part(const InfoHash& folder) {
  const Offered* const offered = find(folder);
  if (offered == nullptr || offered->whole) return std::nullopt;
  Offered taken = *offered;
  remove(folder);
  context_->stop_serving(folder);
  return taken;
}

std::shared_ptr<const FileTree> Offers::tree_of(const std::string& name) const {
  const auto [first, last] = by_name_.equal_range(name);
  for (auto one = first; one != last; ++one) {
    if (const auto& tree = by_hash_.at(one->second).offered.tree) return tree;
  }
  return nullptr;
}

const Offered* Offers::find(const InfoHash& file) const {
  const auto found = by_hash_.find(file);
  return found == by_hash_.end() ? nullptr : &found->second.offered;
}

Result<Offers::Same> Offers::find_same(const FileInfo& file) const {
  const auto [first, last] = by_name_.equal_range(file.name);
  for (auto one = first; one != last; ++one) {
    const Offered& other = by_hash_.at(one->second).offered;
    if (other.file == file) return Same{&other};
  }
  if (first == last) return Same{nullptr};
  return fail(Errc::conflict, file.folder ? "something else of that name is offered here already; "
                                            "rename one of them"
                                          : "another file with that name is offered here already; "
                                            "rename one of them");
}

// ---- what trackers say ------------------------------------------------------

/// Told of what has come only: of others a leecher has but some pieces so far.
void Offers::on_registered(const FileInfo& file, const std::string& tracker) {
  const InfoHash hash = info_hash(file);
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) {
    if (file.folder) known_early_.insert(hash);
    return;
  }
  Offered& offered = found->second.offered;
  offered.refused_by.erase(tracker);
  if (std::exchange(offered.known, true)) return;
  context_->tell(event::Registered{file, hash, context_->magnet(file), offered.part});
}

void Offers::on_refused(const FileInfo& file, const Error& reason, const std::string& tracker) {
  const InfoHash hash = info_hash(file);
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return;
  if (context_->announcer().followed(hash) != nullptr) {
    context_->tell(
        event::Notice{"\"" + file.name +
                      "\" is shared by its link, but not by its name: " + reason.message + "."});
    return;
  }
  if (!of_a_seeder_) return;
  // One that has forgotten us is asked again and refuses again.
  std::set<std::string>& refused_by = found->second.offered.refused_by;
  refused_by.insert(tracker);
  const bool by_all = std::ranges::all_of(
      context_->trackers(), [&](const std::string& one) { return refused_by.contains(one); });
  auto tree = found->second.offered.tree;
  if (by_all) {
    remove(hash);
    context_->stop_serving(hash);
  }
  if (!tree || reason.code != Errc::conflict || comparing_ >= kMostComparing) {
    return context_->tell(event::Refused{file.name, reason});
  }
  net::spawn(context_->executor(),
             tell_refusal(shared_from_this(), file.name, reason, std::move(tree)));
}

asio::awaitable<void> Offers::tell_refusal(std::shared_ptr<Offers> self, std::string name,
                                           Error reason, std::shared_ptr<const FileTree> tree) {
  ++self->comparing_;
  const std::string differs = co_await difference_from_holder(self->context_, name, tree);
  --self->comparing_;
  if (!differs.empty()) reason.message += "; compared with theirs, yours has " + differs;
  self->context_->tell(event::Refused{name, reason});
}

void Offers::on_put_off(const FileInfo& file, const Error& reason) {
  if (!of_a_seeder_ || !by_hash_.contains(info_hash(file))) return;
  context_->tell(event::Notice{"Not registered yet: " + reason.message +
                               ". It is offered again and again until there is a place for it."});
}

void Offers::on_listed(const std::string& tracker, const Endpoint& listed,
                       const std::optional<Endpoint>& said) {
  if (!of_a_seeder_) return;
  const auto own = net::own_addresses();
  const auto warning = was_of_a_leecher_ ? discovery::leecher_listed_elsewhere(tracker, listed, own)
                                         : discovery::listed_elsewhere(tracker, listed, said, own);
  if (warning) context_->tell(event::Notice{*warning});
}

// ---- what becomes of it on the disk -----------------------------------------

void Offers::look_after(Swarm& swarm) {
  SwarmEvents events;
  const InfoHash hash = swarm.content().info_hash();
  events.on_failed = [weak = weak_from_this(), hash](const Error& reason) {
    if (const auto self = weak.lock()) self->lost(hash, reason);
  };
  events.on_lost_file = [weak = weak_from_this(), hash](const std::optional<Error>& told) {
    if (const auto self = weak.lock()) self->lost_file(hash, told);
  };
  events.on_rotten = [weak = weak_from_this(), hash](PieceIndex piece,
                                                     const std::optional<Error>& unreadable) {
    if (const auto self = weak.lock()) self->on_rotten(hash, piece, unreadable);
  };
  swarm.set_events(std::move(events));
}

void Offers::lost(const InfoHash& file, const Error& reason) {
  const Offered* offered = find(file);
  if (offered == nullptr) return;
  const std::string name = offered->file.name;
  remove(file);
  context_->stop_serving(file);
  context_->tell(event::Failed{name, reason});
}

/// Trackers hear that it is not whole any more; what is left of it is served.
void Offers::lost_file(const InfoHash& folder, const std::optional<Error>& told) {
  const auto found = by_hash_.find(folder);
  if (found == by_hash_.end()) return;
  Offered& offered = found->second.offered;
  if (std::exchange(offered.whole, false)) context_->announcer().offer(offered.file, false);
  if (!told) return;
  context_->tell(
      event::Notice{told->message + ". The rest of \"" + offered.file.name + "\" is offered on."});
}

/// The file is hashed when it is offered the next time.
void Offers::on_rotten(const InfoHash& file, PieceIndex piece,
                       const std::optional<Error>& unreadable) {
  const auto swarm = context_->torrents().find(file);
  if (!swarm) return;
  const torrent::Content& content = swarm->content();
  if (context_->layer_cache() != nullptr && swarm->witness()) {
    context_->layer_cache()->forget(swarm->witness()->version,
                                    content.space().file(FileIndex{0})->geometry,
                                    std::chrono::system_clock::now());
  }
  storage::OfferedFolder* const folder = swarm->disk().offered_folder();
  if (context_->layer_cache() != nullptr && folder != nullptr)
    folder->forget(content.space().file_of(piece).file, *context_->layer_cache());
  context_->tell(event::Notice{"\"" + content.file().name + "\": piece " +
                               std::to_string(value(piece) + 1) + " of " +
                               std::to_string(content.space().pieces()) +
                               (unreadable ? " cannot be read (" + unreadable->message + ")"
                                           : " on disk is not what was hashed (a failing disk?)") +
                               "; it is not offered any more, the rest of the file is."});
}

}  // namespace shoal::session
