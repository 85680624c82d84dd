#include "cli/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/units.hpp"
#include "cli/columns.hpp"

namespace shoal::cli {
namespace {

constexpr std::uint16_t kDefaultPort = 6000;
constexpr std::size_t kMaxHostName = 253;  // RFC 1035

std::string in_quotes(std::string_view text) {
  return "\"" + printable(text) + "\"";
}

template <class Number>
bool whole_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

bool is_host_name(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  };
  return !host.empty() && host.size() <= kMaxHostName && std::ranges::all_of(host, allowed);
}

// Splits off the port. An IPv6 address without brackets has no port.
struct HostPort {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};

HostPort split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  if (bracketed ? text.ends_with(']') : text.find(':') != colon) return {text, {}, false};
  if (colon == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, colon), text.substr(colon + 1), true};
}

std::string_view without_brackets(std::string_view host) {
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

bool is_link_local(std::string_view host) {
  const std::string_view bare = without_brackets(host);
  const auto address = IpAddress::parse(bare.substr(0, bare.find('%')));
  return address && address->is_link_local();
}

/// Why nobody can be at that address, which has a zone or lacks one; empty for all others.
std::string zone_problem(std::string_view host) {
  const std::string bare(without_brackets(host));
  const std::size_t percent = bare.find('%');
  const bool has_zone = percent != std::string::npos;
  if (!is_link_local(bare)) {
    const bool is_address = IpAddress::parse(bare.substr(0, percent)).has_value();
    return has_zone && is_address ? "only link-local addresses, fe80::..., have a zone" : "";
  }
  if (!has_zone) {
    return "a link-local address needs the network interface that its link is at, as in [" + bare +
           "%eth0]:6000";
  }
  if (Endpoint::parse('[' + bare + "]:1")) return {};
  return "there is no network interface " + in_quotes(bare.substr(percent + 1)) +
         " on this machine (`ip link` shows which there are)";
}

}  // namespace

Result<std::string> parse_host_port(std::string_view text) {
  const auto wrong = [&](const std::string& why) {
    return fail(Errc::bad_input, in_quotes(text) + " is not HOST:PORT: " + why +
                                     "; write it like 192.0.2.1:6000, " +
                                     "tracker.example:6000 or [2001:db8::1]:6000");
  };
  auto [host, port_text, has_port] = split(text);
  std::uint16_t port = kDefaultPort;
  if (has_port && (!whole_number(port_text, port) || port == 0)) {
    return wrong("a port is a number from 1 to 65535");
  }
  host = without_brackets(host);
  if (const std::string problem = zone_problem(host); !problem.empty()) return wrong(problem);
  if (const auto address = IpAddress::parse(host)) return Endpoint{*address, port}.to_string();
  const std::string bracketed = '[' + std::string(host) + "]:" + std::to_string(port);
  if (const auto on_link = Endpoint::parse(bracketed)) return on_link->to_string();
  if (!is_host_name(host)) return wrong("the host is not a name and not an address");
  return std::string(host) + ":" + std::to_string(port);
}

Result<std::string> parse_peer_address(std::string_view text) {
  if (!split(text).has_port) {
    return fail(Errc::bad_input,
                in_quotes(text) + " has no port; write HOST:PORT, with the port of --listen");
  }
  if (is_link_local(split(text).host)) {
    return fail(Errc::bad_input, in_quotes(text) +
                                     " is of use on this machine only: others cannot know what "
                                     "their zone of that link is called; they get a link-local "
                                     "address from a tracker that both reach over the link");
  }
  return parse_host_port(text);
}

Result<Endpoint> parse_listen(std::string_view text) {
  const auto endpoint = Endpoint::parse(text);
  const bool of_no_link = endpoint && endpoint->address.is_link_local() && endpoint->scope == 0;
  if (endpoint && !of_no_link) return *endpoint;
  if (const std::string problem = zone_problem(split(text).host); !problem.empty())
    return fail(Errc::bad_input, in_quotes(text) + " cannot be listened on: " + problem);
  return fail(Errc::bad_input, in_quotes(text) +
                                   " is not ADDR:PORT; write it like 0.0.0.0:6000, [::]:6000 or "
                                   ":6000 (no host names)");
}

Result<Digest> parse_root(std::string_view text) {
  if (const auto root = parse_digest(text)) return *root;
  return fail(Errc::bad_input, in_quotes(text) +
                                   " is not a root: that is 64 hexadecimal digits, here are " +
                                   std::to_string(text.size()) +
                                   " characters; the seeder prints it, copy it from there");
}

Result<InfoHash> parse_info_hash(std::string_view text) {
  if (const auto hash = parse_digest(text)) return InfoHash{hash->bytes};
  return fail(Errc::bad_input,
              in_quotes(text) + " is not an info hash: that is 64 hexadecimal digits, here are " +
                  std::to_string(text.size()) + " characters");
}

Result<std::uint64_t> parse_rate(std::string_view text) {
  constexpr std::uint64_t kLeast = 1024;  // a block in 16 s; peers would not wait longer
  const Result<std::uint64_t> rate = parse_size(text);
  if (!rate) {
    return fail(Errc::bad_input, in_quotes(text) +
                                     " is not a rate: write bytes a second, such as 500K or 10M, "
                                     "or 0 for no limit");
  }
  if (*rate != 0 && *rate < kLeast) {
    return fail(Errc::bad_input, in_quotes(text) +
                                     " is too slow to be of use: a rate is in bytes a second, at "
                                     "least 1K; 0 is no limit");
  }
  return *rate;
}

Result<std::size_t> parse_count(std::string_view text) {
  std::size_t number = 0;
  if (whole_number(text, number)) return number;
  return fail(Errc::bad_input, in_quotes(text) + " is not a whole number; write it like 1000");
}

Result<std::filesystem::path> parse_path(std::string_view text) {
  if (text.empty()) return fail(Errc::bad_input, "an empty name names no file");
  return std::filesystem::path(text);
}

Result<std::string> parse_log_level(std::string_view text) {
  if (std::ranges::find(kLogLevels, text) != kLogLevels.end()) return std::string(text);
  return fail(
      Errc::bad_input,
      in_quotes(text) + " is not a level; it is one of trace, debug, info, warn, error, off");
}

}  // namespace shoal::cli
