#pragma once

#include <span>
#include <string>
#include <vector>

namespace shoal::cli {

/// One download: a name or link, and which parts of the folder it stands for; none: all of it.
struct Request {
  std::string target;
  std::vector<std::string> parts{};

  bool operator==(const Request&) const = default;
};

/// What was typed, each target once: "photos/2024" is a part of "photos", and several parts of one
/// folder are one download, all of it when one of them is the name alone.
[[nodiscard]] std::vector<Request> requests_of(std::span<const std::string> typed);

}  // namespace shoal::cli
