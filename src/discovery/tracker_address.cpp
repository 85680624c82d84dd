#include "discovery/tracker_address.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "metainfo/name.hpp"

namespace shoal::discovery {
namespace {

constexpr std::size_t kMaxHostLength = 253;  // RFC 1035

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

/// Also the colons, and the scope of a link-local address: fe80::1%eth0.
bool is_v6_character(char c) {
  return is_host_character(c) || c == ':' || c == '%';
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::optional<TrackerAddress> parse(std::string_view text) {
  if (constexpr std::string_view scheme = "udp://"; text.starts_with(scheme)) {
    text.remove_prefix(scheme.size());
    text = text.substr(0, text.find_first_of("/?"));
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!port || host.empty() || host.size() > kMaxHostLength) return std::nullopt;
  if (!std::ranges::all_of(host, bracketed ? is_v6_character : is_host_character))
    return std::nullopt;
  return TrackerAddress{std::string(host), *port};
}

}  // namespace

Result<TrackerAddress> parse_tracker_address(std::string_view text) {
  if (auto address = parse(text)) return *std::move(address);
  return fail(Errc::bad_input,
              "\"" + printable(text.substr(0, kMaxHostLength)) +
                  "\" is no tracker address; write host:port, for example 192.0.2.1:6000, "
                  "[2001:db8::1]:6000 or tracker.example.org:6000");
}

}  // namespace shoal::discovery
