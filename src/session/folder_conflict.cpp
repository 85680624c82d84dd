#include "session/folder_conflict.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "metainfo/description.hpp"
#include "metainfo/name.hpp"
#include "metainfo/tree_difference.hpp"
#include "net/workers.hpp"
#include "session/metadata_fetch.hpp"
#include "session/peer_id.hpp"

namespace shoal::session {
namespace {

constexpr Duration kLookUp = std::chrono::seconds(2);
constexpr Duration kDescription = std::chrono::seconds(10);  // only what is said waits
constexpr Duration kLookAgain = std::chrono::milliseconds(100);

/// As a peer gives it; nothing when none does in time.
asio::awaitable<std::optional<Bytes>> dictionary_of(std::shared_ptr<SessionContext> context,
                                                    discovery::Lookup folder) {
  const auto fetch =
      std::make_shared<MetadataFetch>(context->executor(), info_hash(folder.file), make_peer_id(),
                                      MetadataLimits{}, context->environment()->tls);
  fetch->add_peers(folder.peers);
  const Time end = Clock::now() + kDescription;
  while (!fetch->found() && !fetch->idle() && Clock::now() < end && !context->closed()) {
    co_await fetch->wait(kLookAgain);
  }
  fetch->close();
  co_return fetch->found();
}

}  // namespace

asio::awaitable<std::string> difference_from_holder(std::shared_ptr<SessionContext> context,
                                                    std::string name,
                                                    std::shared_ptr<const FileTree> ours) {
  auto allowed = FileName::parse(name);
  if (!allowed) co_return "";
  auto holder = co_await context->announcer().find(*std::move(allowed), std::nullopt, kLookUp);
  if (!holder || !holder->file.folder || context->closed()) co_return "";
  const auto dictionary = co_await dictionary_of(context, *std::move(holder));
  if (!dictionary || context->closed()) co_return "";
  co_return co_await net::on_worker(context->workers(), [&]() -> std::string {
    const auto theirs = parse_folder(*dictionary);
    return theirs ? in_words(difference(*theirs->tree, *ours)) : "";
  });
}

asio::awaitable<std::string> difference_of(std::shared_ptr<SessionContext> context,
                                           std::shared_ptr<const FileTree> before,
                                           std::shared_ptr<const FileTree> now) {
  co_return co_await net::on_worker(context->workers(), [&]() -> std::string {
    const TreeDifference found = difference(*before, *now);
    return found.none() && before->piece_length() == now->piece_length() ? "" : in_words(found);
  });
}

}  // namespace shoal::session
