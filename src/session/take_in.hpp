#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include <asio/awaitable.hpp>

#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

#include "session/context.hpp"
#include "storage/file.hpp"
#include "storage/witness.hpp"
#include "torrent/content/content.hpp"

namespace shoal::session {

/// A file on disk that was read from end to end: its identity, and what a swarm needs to serve it.
struct TakenIn {
  FileInfo file;
  std::optional<torrent::Content> content;  ///< nothing for an empty file, which has no swarm
  storage::File bytes;
  storage::Witness witness;  ///< of `bytes`, from before they were read
};

/// How others have the file cut into pieces and described, where that may not be as we would.
struct Form {
  std::uint32_t piece_length = 0;
  std::optional<Bytes> info_dictionary;  ///< see torrent::Content
};

/// Hashes a file on the workers and tells event::Hashing several times a second meanwhile; or finds
/// in the session's cache what it hashed to before.
[[nodiscard]] asio::awaitable<Result<TakenIn>> take_in(std::shared_ptr<SessionContext> context,
                                                       std::filesystem::path path, std::string name,
                                                       std::stop_token stop,
                                                       std::optional<Form> form = std::nullopt);

}  // namespace shoal::session
