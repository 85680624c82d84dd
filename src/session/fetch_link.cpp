// Leecher: from a magnet link or a .torrent file to what is to be fetched.
#include <chrono>
#include <utility>

#include "metainfo/geometry.hpp"
#include "metainfo/info_dict.hpp"
#include "metainfo/name.hpp"
#include "net/workers.hpp"
#include "session/leecher_impl.hpp"
#include "session/link.hpp"
#include "session/link_search.hpp"
#include "session/patience.hpp"
#include "storage/file.hpp"
#include "storage/file_hasher.hpp"
#include "storage/spelled.hpp"

namespace shoal {
namespace {

std::string listed(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

std::string shown(std::string_view name) {
  return "\"" + printable(name) + "\"";
}

/// A stranger's link shall not leave a file behind that shells and programs read unasked, or one by
/// a name that nobody looked at.
Result<void> check_name_of_link(const FileInfo& file, const FetchOptions& options) {
  if (!options.as.empty() || !file.name.starts_with('.')) return {};
  return fail(Errc::bad_name,
              "its file is called " + shown(file.name) +
                  ", a hidden name, which programs may read unasked; if you want it, "
                  "say what to call it: --as NAME");
}

/// Blocking. Does this file of ours have that content?
bool holds(const std::filesystem::path& path, const FileInfo& content) {
  const auto geometry = Geometry::make(content.length, content.piece_length);
  const auto file = storage::File::open_to_read(path);
  if (!geometry || !file) return false;
  const auto identity = file->identity();
  if (!identity || identity->length != content.length) return false;
  const auto layer = storage::hash_file(*file, *geometry, 1, {}, {});
  return layer && storage::root_of(*geometry, *layer) == content.root;
}

}  // namespace

asio::awaitable<Result<void>> Leecher::Impl::fetch_name_or_link(Asked& asked,
                                                                FetchOptions options) {
  constexpr Duration kPatience = std::chrono::seconds(2);  // with a torrent nobody need answer
  const std::string target = asked.name;
  const auto link = co_await net::on_worker(host_->workers(), [&] { return read_link(target); });
  if (link) {
    const auto known = co_await host_->announcer().find(target, options.root, kPatience);
    bool is_known_file = false;
    if (known) {
      is_known_file = co_await net::on_worker(
          host_->workers(), [&] { return holds(storage::as_on_disk(target), known->file); });
    }
    if (!is_known_file) {
      asked.target = target;
      co_return co_await fetch_link(asked, std::move(options));
    }
    host_->tell(event::Notice{"\"" + target +
                              "\" is offered as a file, and is here. To fetch what the torrent in "
                              "it stands for, write ./" +
                              target});
  }
  auto outcome = co_await fetch_name(asked, std::move(options));
  const bool is_name = outcome || (outcome.error().code != Errc::not_found &&
                                   outcome.error().code != Errc::no_tracker);
  if (is_name || link) co_return outcome;
  co_return fail(link.error().code,
                 link.error().message + "; and as a name: " + outcome.error().message);
}

asio::awaitable<Result<void>> Leecher::Impl::fetch_link(Asked& asked, FetchOptions options) {
  const auto link =
      co_await net::on_worker(host_->workers(), [&] { return read_link(asked.target); });
  if (!link) co_return std::unexpected(link.error());
  if (!link->label.empty()) asked.name = link->label;
  if (!link->ignored.empty()) {
    host_->tell(
        event::Notice{"Not asked, since only udp:// trackers can be: " + listed(link->ignored)});
  }
  const InfoHash hash = link->info_hash;
  const bool is_here = co_await came_by_another(hash, asked.target);
  if (is_here) co_return Result<void>{};
  if (stopped()) co_return fail(Errc::cancelled, "interrupted");
  under_way_.insert(hash);
  const auto search = std::make_shared<LinkSearch>(host_, *link);
  search->start(*link);
  auto wanted = co_await find_link(asked, *link, search, options);
  search->stop();
  Result<void> outcome;
  if (wanted) {
    asked.name = wanted->file.name;
    wanted->target = asked.target;
    wanted->asked = &asked;
    outcome = co_await fetch_wanted(*std::move(wanted), options);
  } else {
    outcome = std::unexpected(wanted.error());
  }
  if (!outcome) host_->announcer().unfollow(hash);
  under_way_.erase(hash);
  co_return outcome;
}

asio::awaitable<Result<Leecher::Impl::Wanted>> Leecher::Impl::find_link(
    const Asked& asked, const Link& link, std::shared_ptr<LinkSearch> search,
    const FetchOptions& options) {
  AskingTime time(options.wait, RealClock::now(), Clock::look().gaps);
  std::optional<Errc> waiting_for;
  // Of a .torrent file everything is known but the peers, and a file that is here needs none.
  std::error_code ignored;
  const bool needs_peers =
      !link.torrent || !std::filesystem::exists(
                           options.directory / local_name(link.torrent->file, options), ignored);
  while (!search->dictionary() || (needs_peers && search->peers().empty())) {
    const bool over = time.over(RealClock::now(), Clock::look().gaps);
    if (search->exhausted()) {
      const Error reason = search->failure();
      if (over) co_return std::unexpected(reason);
      if (std::exchange(waiting_for, reason.code) != reason.code) {
        host_->tell(event::Waiting{asked.name, reason, asked.target});
      }
    }
    co_await search->wait();
    if (stopped()) co_return fail(Errc::cancelled, "interrupted");
  }

  Wanted wanted{.file = {},
                .info_hash = link.info_hash,
                .peers = search->peers(),
                .info_dictionary = search->dictionary(),
                .piece_layer = {},
                .target = {}};
  if (link.torrent) {
    wanted.file = link.torrent->file;
    wanted.piece_layer = link.torrent->piece_layer;
  } else {
    auto file = parse_info_dict(*wanted.info_dictionary);
    if (!file) co_return std::unexpected(file.error());
    wanted.file = *std::move(file);
  }
  if (options.root && *options.root != wanted.file.root) {
    co_return fail(Errc::conflict, "its root is " + to_hex(wanted.file.root) +
                                       ", not the root asked for, " + to_hex(*options.root));
  }
  if (const auto allowed = check_name_of_link(wanted.file, options); !allowed) {
    co_return std::unexpected(allowed.error());
  }
  if (!link.label.empty() && link.label != wanted.file.name) {
    host_->tell(event::Notice{"The link says " + shown(link.label) + ", but its file is called " +
                              shown(local_name(wanted.file, options))});
  }
  if (info_hash(wanted.file) == wanted.info_hash) wanted.info_dictionary.reset();
  co_return wanted;
}

}  // namespace shoal
