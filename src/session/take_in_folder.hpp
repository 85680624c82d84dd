#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <shoal/error.hpp>

#include "session/context.hpp"
#include "session/disk.hpp"
#include "torrent/content/content.hpp"

namespace shoal::session {

/// A folder on disk that was read from end to end, and what a swarm needs to serve it.
struct TakenInFolder {
  std::filesystem::path path;  ///< the same however it was typed
  std::shared_ptr<const FileTree> tree;
  torrent::Content content;
  std::unique_ptr<Disk> disk;
  std::vector<std::string> notices;  ///< for people: what is left out, say
};

/// Hashes all that is in a folder on the workers and tells event::Hashing several times a second
/// meanwhile. Errors: those of storage::hash_folder(); a folder that other clients would take for a
/// file of the same name, or that has nothing in it.
[[nodiscard]] asio::awaitable<Result<TakenInFolder>> take_in_folder(
    std::shared_ptr<SessionContext> context, std::filesystem::path path, bool strict_links,
    std::stop_token stop);

}  // namespace shoal::session
