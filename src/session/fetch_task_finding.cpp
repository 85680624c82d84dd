// FetchTask: what the target stands for, and who has it.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/shell_word.hpp"
#include "metainfo/description.hpp"
#include "metainfo/spelling.hpp"
#include "session/fetch_task.hpp"
#include "session/patience.hpp"
#include "session/selection.hpp"

namespace shoal::session {
namespace {

using std::chrono::seconds;

constexpr Duration kLookupPatience = seconds(5);
constexpr Duration kFirstPatience = seconds(2);
constexpr Duration kWithTorrent = seconds(2);  // there nobody need answer
// While nobody offers the name and there is time to wait.
constexpr Duration kAskAgain = seconds(1);

std::string listed(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

std::string in_quotes(std::string_view name) {
  return "\"" + printable(name) + "\"";
}

/// The peers that trackers know, and no tracker of its own.
Link link_to(const Wanted& found) {
  Link link;
  link.info_hash = found.info_hash;
  link.label = found.name;
  for (const Endpoint& peer : found.peers) link.peers.push_back(peer.to_string());
  return link;
}

/// A stranger's link shall not leave a file behind that shells and programs read unasked, or one by
/// a name that nobody looked at.
Result<void> check_name_of_link(const std::string& name, bool called_otherwise) {
  if (called_otherwise || !name.starts_with('.')) return {};
  return fail(Errc::bad_name,
              "its file is called " + in_quotes(name) +
                  ", a hidden name, which programs may read unasked; if you want it, "
                  "say what to call it: --as NAME");
}

}  // namespace

// ---- a name or a link -------------------------------------------------------

/// A name where the trackers know it and the file is just that content, or no torrent.
FetchTask::Next FetchTask::name_or_link() {
  auto target = parse_target(name_);
  if (!target) co_return std::unexpected(std::move(target).error());
  auto* either = std::get_if<TorrentOrName>(&*target);
  if (either == nullptr) co_return State::start;  // it has gone meanwhile
  auto link = co_await backend_->read_link(name_);
  if (link) {
    bool is_known_file = false;
    if (either->name) {
      const auto known = co_await finder_->look_up(*either->name, options_.root, kWithTorrent);
      if (known) is_known_file = co_await backend_->holds(name_, known->file);
    }
    if (!is_known_file) {
      target_ = name_;
      co_return take(*std::move(link));
    }
    notice("\"" + name_ +
           "\" is offered as a file, and is here. To fetch what the torrent in "
           "it stands for, write " +
           shell_word("./" + name_));
  } else {
    no_torrent_ = link.error();
  }
  if (!either->name) co_return std::unexpected(either->name.error());
  asked_ = *std::move(either->name);
  co_return State::look_up;
}

// ---- a name -----------------------------------------------------------------

FetchTask::Next FetchTask::look_up() {
  AskingTime time(options_.wait, backend_->real_time(), backend_->clock().gaps);
  std::optional<Errc> waiting_for;
  // Who is ready to wait hears soon that there is something to wait for.
  Duration patience = options_.wait > kLookupPatience ? kFirstPatience : kLookupPatience;
  Result<discovery::Lookup> found = fail(Errc::not_found, "");
  for (;;) {
    found = co_await look_up_in_any_spelling(patience);
    patience = kLookupPatience;
    if (found) break;
    const bool over = time.over(backend_->real_time() + kAskAgain, backend_->clock().gaps);
    if (!nobody_has(found.error()) || backend_->stopped() || over)
      co_return std::unexpected(found.error());
    if (std::exchange(waiting_for, found.error().code) != found.error().code)
      backend_->tell(event::Waiting{asked_->text(), found.error()});
    co_await backend_->pause(kAskAgain);
  }
  if (found->file.name != asked_->text()) {
    target_ = std::exchange(name_, found->file.name);
    notice("\"" + name_ +
           "\" is offered in another Unicode spelling, which looks the same; "
           "that one is fetched.");
  }
  auto name = as_ ? Result<FileName>(*as_) : FileName::parse(found->file.name);
  if (!name) co_return std::unexpected(std::move(name).error());
  if (auto same = is_what_was_asked_for(found->file); !same)
    co_return std::unexpected(std::move(same).error());
  info_hash_ = info_hash(found->file);
  auto warning = finder_->warning_of(*found);
  wanted_ = Wanted{.file = std::move(found->file),
                   .name = *std::move(name),
                   .info_hash = info_hash_,
                   .peers = std::move(found->peers),
                   .others = std::size_t{found->seeders} + found->leechers,
                   .warning = std::move(warning)};
  // A folder's dictionary comes from those who have it.
  if (wanted_->file.folder) link_ = link_to(*wanted_);
  co_return State::wait_for_same;
}

/// Once, and in another normal form of Unicode when nobody knows the one that was typed.
asio::awaitable<Result<discovery::Lookup>> FetchTask::look_up_in_any_spelling(Duration patience) {
  auto found = co_await finder_->look_up(*asked_, options_.root, patience);
  for (const std::string& spelling : other_spellings(asked_->text())) {
    if (found || found.error().code != Errc::not_found || backend_->stopped()) break;
    const auto name = FileName::parse(spelling);
    if (!name) continue;  // it may be too long
    auto other = co_await finder_->look_up(*name, options_.root, patience);
    if (other) co_return other;
  }
  co_return found;
}

// ---- a link -----------------------------------------------------------------

FetchTask::Next FetchTask::read_link() {
  auto link = co_await backend_->read_link(target_);
  if (!link) co_return std::unexpected(std::move(link).error());
  co_return take(*std::move(link));
}

FetchTask::State FetchTask::take(Link link) {
  if (link.label) name_ = link.label->text();
  if (!link.ignored.empty())
    notice("Not asked, since only udp:// trackers can be: " + listed(link.ignored));
  info_hash_ = link.info_hash;
  link_ = std::move(link);
  return State::wait_for_same;
}

FetchTask::Next FetchTask::describe() {
  const std::shared_ptr<Search> search = finder_->search(*link_);
  searched_ = true;
  const Result<void> known = co_await wait_for_description(*search);
  search->stop();
  if (!known) co_return std::unexpected(known.error());
  auto found = co_await description(*search);
  if (!found) co_return std::unexpected(std::move(found).error());
  auto wanted = described(*search, *std::move(found));
  if (!wanted) co_return std::unexpected(std::move(wanted).error());
  wanted_ = *std::move(wanted);
  name_ = wanted_->file.name;
  if (asked_) finder_->unfollow(info_hash_);  // trackers hear of it by its name from here on
  if (!asked_ && link_->label && link_->label->text() != name_) {
    notice("The link says " + in_quotes(link_->label->text()) + ", but its file is called " +
           in_quotes(wanted_->name.text()));
  }
  co_return State::wait_for_name;
}

asio::awaitable<Result<void>> FetchTask::wait_for_description(Search& search) {
  AskingTime time(options_.wait, backend_->real_time(), backend_->clock().gaps);
  std::optional<Errc> waiting_for;
  const bool alone = !co_await needs_peers();
  while (!search.dictionary() || (!alone && search.peers().empty())) {
    const bool over = time.over(backend_->real_time(), backend_->clock().gaps);
    if (search.exhausted()) {
      Error reason = search.failure();
      if (asked_ && reason.code == Errc::not_found) reason.code = Errc::no_part;  // it is offered
      if (over) co_return std::unexpected(reason);
      if (std::exchange(waiting_for, reason.code) != reason.code)
        backend_->tell(event::Waiting{name_, reason, target_});
    }
    co_await search.wait();
    if (backend_->stopped()) co_return fail(Errc::cancelled, "interrupted");
  }
  co_return Result<void>{};
}

/// Of a .torrent file everything is known but the peers, and what is here needs none.
asio::awaitable<bool> FetchTask::needs_peers() {
  if (!link_->torrent) co_return true;
  if (only_looks_) co_return false;
  const auto path = options_.directory / (as_ ? as_->text() : link_->torrent->file.name);
  const auto& tree = link_->torrent->tree;
  if (!tree) co_return !backend_->exists(path);
  auto entries = select_parts(*tree, options_.parts);
  if (!entries) co_return false;  // there is nothing to be had from them
  co_return !co_await backend_->has_all(path, tree, *std::move(entries));
}

Result<void> FetchTask::is_what_was_asked_for(const FileInfo& found) const {
  if (options_.root && *options_.root != found.root) {
    return fail(Errc::conflict, "its root is " + to_hex(found.root) + ", not the root asked for, " +
                                    to_hex(*options_.root));
  }
  if (options_.info_hash && *options_.info_hash != info_hash(found)) {
    return fail(Errc::conflict, "its info hash is " + to_hex(info_hash(found)) +
                                    ", not the one asked for, " + to_hex(*options_.info_hash));
  }
  if (!options_.parts.empty() && !found.folder) {
    return fail(Errc::no_part, in_quotes(found.name) + " is a file, so there is no " +
                                   in_quotes(options_.parts.front()) + " in it");
  }
  return {};
}

Result<Wanted> FetchTask::described(const Search& search, Description found) const {
  const bool by_name = asked_.has_value();
  FileInfo& content = found.content;
  if (by_name && content.name != wanted_->file.name) {
    return fail(Errc::unprovable, "what is offered as " + in_quotes(wanted_->file.name) +
                                      " is called " + in_quotes(content.name) +
                                      " by its own description");
  }
  if (auto same = is_what_was_asked_for(content); !same)
    return std::unexpected(std::move(same).error());
  if (auto allowed = check_name_of_link(content.name, as_.has_value() || by_name); !allowed)
    return std::unexpected(std::move(allowed).error());
  auto name = as_ ? Result<FileName>(*as_) : FileName::parse(content.name);
  if (!name) return std::unexpected(std::move(name).error());
  Wanted wanted{.file = std::move(content),
                .name = *std::move(name),
                .info_hash = info_hash_,
                .peers = search.peers(),
                .tree = std::move(found.tree)};
  wanted.name_is_typed = by_name || as_.has_value();
  wanted.by_name = by_name;
  if (by_name) {
    wanted.others = wanted_->others;
    wanted.warning = wanted_->warning;
  }
  if (link_->torrent) wanted.piece_layers = link_->torrent->piece_layers;
  if (wanted.tree || info_hash(wanted.file) != info_hash_)
    wanted.info_dictionary = search.dictionary();
  if (!wanted.tree) return wanted;
  auto selection = select_parts(*wanted.tree, options_.parts);
  if (!selection) return std::unexpected(std::move(selection).error());
  wanted.selection = *std::move(selection);
  if (part_) {  // is offered on
    std::vector<FileIndex> all;
    std::ranges::set_union(wanted.selection, *part_, std::back_inserter(all));
    wanted.selection = std::move(all);
  }
  return wanted;
}

asio::awaitable<Result<Description>> FetchTask::description(const Search& search) {
  if (link_->torrent) co_return Description{link_->torrent->file, link_->torrent->tree};
  // By its name it is known to be a folder.
  co_return co_await backend_->describe(*search.dictionary(), asked_.has_value());
}

}  // namespace shoal::session
