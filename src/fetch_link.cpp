// Leecher: from a magnet link or a .torrent file to what is to be fetched.
#include <chrono>
#include <utility>

#include "leecher_impl.hpp"
#include "link.hpp"
#include "link_search.hpp"
#include "metainfo/info_dict.hpp"
#include "net/workers.hpp"

namespace shoal {
namespace {

std::string listed(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

}  // namespace

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
  const Time until = Clock::now() + options.wait;
  std::optional<Errc> waiting_for;
  // Of a .torrent file everything is known but the peers, and a file that is here needs none.
  std::error_code ignored;
  const bool needs_peers =
      !link.torrent ||
      !std::filesystem::exists(options.directory / link.torrent->file.name, ignored);
  while (!search->dictionary() || (needs_peers && search->peers().empty())) {
    if (search->exhausted()) {
      const Error reason = search->failure();
      if (Clock::now() >= until) co_return std::unexpected(reason);
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
  if (info_hash(wanted.file) == wanted.info_hash) wanted.info_dictionary.reset();
  co_return wanted;
}

}  // namespace shoal
