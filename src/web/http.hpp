#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a browser asks and hears: as much of HTTP/1.1 (RFC 9110, RFC 9112) as read-only pages need.
/// Pure.
namespace shoal::web {

/// Of the request line and the header together; there is no body.
inline constexpr std::size_t kMostHead = 8192;
inline constexpr std::size_t kMostFields = 64;

/// A request that may be answered: GET or HEAD.
struct Request {
  bool head_only = false;
  std::string path;                                        ///< begins with "/", percent-decoded
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
  std::string host;           ///< as the header has it, without the port; lower case
  std::string authorization;  ///< as the header has it

  /// The first value of that name; empty without one.
  [[nodiscard]] std::string_view value(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string_view type = "text/html; charset=utf-8";  ///< outlives this: a literal
  std::string body;
  std::string_view extra = {};  ///< further header lines, each with its line end: a literal
};

/// An error as a page of its own, for people and programs.
[[nodiscard]] Response error(int status, std::string_view sentence);

struct Parsed {
  std::optional<Request> request;
  Response refusal;  ///< where there is no request
};
/// `head`: all of it, with the empty line at its end.
[[nodiscard]] Parsed parse(std::string_view head);

/// Bytes to send. The connection ends with them, and nothing may keep a copy.
[[nodiscard]] std::string encode(const Response& response, bool head_only);

}  // namespace shoal::web
