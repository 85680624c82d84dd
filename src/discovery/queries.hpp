#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "discovery/announcer.hpp"
#include "discovery/tracker_client.hpp"
#include "metainfo/name.hpp"

/// Questions that go to all trackers at once; Announcer says what they mean. They keep the clients
/// alive.
namespace shoal::discovery {

/// After the first answer of any tracker, how long the others are waited for.
inline constexpr Duration kGrace = std::chrono::seconds(2);
inline constexpr std::size_t kMostListed = 100'000;

asio::awaitable<Result<Lookup>> find_name(asio::any_io_executor executor, TrackerClients trackers,
                                          PeerId me, FileName name, std::optional<Digest> root,
                                          Duration patience);
asio::awaitable<Result<Lookup>> find_all_peers(asio::any_io_executor executor,
                                               TrackerClients trackers, PeerId me, FileInfo file,
                                               Duration patience);
asio::awaitable<Result<std::vector<datagram::ListEntry>>> list_names(asio::any_io_executor executor,
                                                                     TrackerClients trackers,
                                                                     std::string prefix,
                                                                     Duration patience);

}  // namespace shoal::discovery
