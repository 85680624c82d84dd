#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <shoal/endpoint.hpp>
#include <shoal/keys.hpp>

#include "cli/exit_code.hpp"

namespace shoal::cli {

struct EarlyExit;

/// What --web and its like say: whether there are pages, where, and for whom.
struct WebOptions {
  std::optional<Endpoint> listen;  ///< nothing: there are none
  std::optional<std::filesystem::path> token_file;
  bool open = false;                 ///< beyond this machine without a token
  std::optional<std::string> token;  ///< what the file has, see take_web()
};

/// A page of this machine, on a free port.
inline constexpr const char* kDefaultWeb = "127.0.0.1:0";

/// Reads the token; nothing when the program may begin. In a closed swarm, whose names are nobody
/// else's business, there are no pages without a token, and beyond this machine only where
/// somebody has said so.
[[nodiscard]] std::optional<EarlyExit> take_web(const std::string& program, const Keys& keys,
                                                WebOptions& options);

}  // namespace shoal::cli
