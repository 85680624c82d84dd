#include "web/http.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace shoal::web {
namespace {

constexpr std::size_t kMostTarget = 2048;
constexpr std::string_view kLineEnd = "\r\n";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes what is before `end` off the front of `text`; all of it where there is none.
std::string_view take_until(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + end.size());
  return taken;
}

/// Percent-decoded; nothing where that is not well-formed, or has a NUL in it.
std::optional<std::string> decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_blank) {
      c = ' ';
    } else if (c == '%') {
      std::uint8_t value = 0;
      if (i + 2 >= text.size()) return std::nullopt;
      const char* const end = text.data() + i + 3;
      const auto [stopped, fault] = std::from_chars(text.data() + i + 1, end, value, 16);
      if (fault != std::errc{} || stopped != end) return std::nullopt;
      c = static_cast<char>(value);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out += c;
  }
  return out;
}

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || kOthers.contains(c);
  });
}

bool is_visible(char c) {
  return c > ' ' && c < '\x7f';
}

std::string without_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool bracketed = host.ends_with(']') || (host.starts_with('[') && !host.contains(']'));
  if (colon == std::string_view::npos || bracketed) return lowered(host);
  return lowered(host.substr(0, colon));
}

/// "/path?query" into the request; false where it is none.
bool read_target(std::string_view target, Request& into) {
  if (!target.starts_with('/') || !std::ranges::all_of(target, is_visible)) return false;
  std::string_view rest = target;
  const auto path = decoded(take_until(rest, "?"), false);
  if (!path) return false;
  into.path = *path;
  while (!rest.empty()) {
    std::string_view pair = take_until(rest, "&");
    const auto name = decoded(take_until(pair, "="), true);
    const auto value = decoded(pair, true);
    if (!name || !value) return false;
    if (!name->empty()) into.query.emplace_back(*name, *value);
  }
  return true;
}

struct Reason {
  int status;
  std::string_view words;
};
constexpr std::array kReasons{Reason{200, "OK"},
                              Reason{400, "Bad Request"},
                              Reason{401, "Unauthorized"},
                              Reason{404, "Not Found"},
                              Reason{405, "Method Not Allowed"},
                              Reason{408, "Request Timeout"},
                              Reason{413, "Content Too Large"},
                              Reason{414, "URI Too Long"},
                              Reason{421, "Misdirected Request"},
                              Reason{431, "Request Header Fields Too Large"},
                              Reason{500, "Internal Server Error"},
                              Reason{503, "Service Unavailable"},
                              Reason{505, "HTTP Version Not Supported"}};

std::string_view words_of(int status) {
  const auto* const found = std::ranges::find(kReasons, status, &Reason::status);
  return found == kReasons.end() ? "Error" : found->words;
}

/// What every answer says: its own script and style are all that runs, nobody frames it, and
/// nothing of it is kept.
constexpr std::string_view kSafety =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n"
    "Connection: close\r\n";

}  // namespace

std::string_view Request::value(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return {};
}

Response error(int status, std::string_view sentence) {
  return {status, "text/plain; charset=utf-8", std::string(sentence) + "\n"};
}

Parsed parse(std::string_view head) {
  const auto no = [](int status, std::string_view sentence) {
    return Parsed{std::nullopt, error(status, sentence)};
  };
  std::string_view line = take_until(head, kLineEnd);
  const std::string_view method = take_until(line, " ");
  const std::string_view target = take_until(line, " ");
  if (!is_token(method) || target.empty()) return no(400, "This is no HTTP request.");
  if (line != "HTTP/1.1" && line != "HTTP/1.0")
    return no(line.starts_with("HTTP/") ? 505 : 400, "HTTP/1.1 is spoken here.");
  if (method != "GET" && method != "HEAD") {
    Parsed parsed = no(405, "These pages are for reading: GET and HEAD.");
    parsed.refusal.extra = "Allow: GET, HEAD\r\n";
    return parsed;
  }
  if (target.size() > kMostTarget) return no(414, "That address is too long.");
  Request request;
  request.head_only = method == "HEAD";
  if (!read_target(target, request)) return no(400, "That is no address of a page here.");

  std::size_t hosts = 0;
  for (std::size_t fields = 0; !head.empty(); ++fields) {
    std::string_view field = take_until(head, kLineEnd);
    if (field.empty()) break;
    if (fields == kMostFields) return no(431, "There are too many header lines.");
    const bool has_value = field.contains(':');
    const std::string name = lowered(take_until(field, ":"));
    const std::string_view value = trimmed(field);
    if (!has_value || !is_token(name) || std::ranges::any_of(value, [](char c) {
          return static_cast<unsigned char>(c) < ' ' && c != '\t';
        }))
      return no(400, "A header line is malformed.");
    if (name == "host") {
      ++hosts;
      request.host = without_port(value);
    } else if (name == "authorization") {
      request.authorization = value;
    } else if (name == "transfer-encoding" || (name == "content-length" && value != "0")) {
      return no(413, "A request for a page has no body.");
    }
  }
  if (hosts != 1 || request.host.empty())
    return no(400, "The request does not say to which host it goes.");
  return {std::move(request), {}};
}

std::string encode(const Response& response, bool head_only) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += words_of(response.status);
  out += "\r\nContent-Type: ";
  out += response.type;
  out += "\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n";
  out += kSafety;
  out += response.extra;
  out += kLineEnd;
  if (!head_only) out += response.body;
  return out;
}

}  // namespace shoal::web
