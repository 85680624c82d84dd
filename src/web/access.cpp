#include "web/access.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <unistd.h>

#include <shoal/endpoint.hpp>

namespace shoal::web {
namespace {

constexpr std::size_t kShortestToken = 16;
constexpr std::size_t kLongestToken = 256;

/// Base64 of RFC 4648, padded or not; nothing where there is anything else in it.
std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  return out;
}

bool has_scheme(std::string_view text, std::string_view scheme) {
  return text.size() > scheme.size() && text[scheme.size()] == ' ' &&
         std::ranges::equal(text.substr(0, scheme.size()), scheme, {},
                            [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}

/// The secret that an Authorization header shows; empty without one.
std::string shown(std::string_view authorization) {
  if (has_scheme(authorization, "bearer")) return std::string(authorization.substr(7));
  if (!has_scheme(authorization, "basic")) return {};
  const auto plain = from_base64(authorization.substr(6));
  if (!plain || !plain->contains(':')) return {};
  return plain->substr(plain->find(':') + 1);
}

}  // namespace

Result<std::string> read_token(const std::filesystem::path& file) {
  const auto wrong = [&](const std::string& why) {
    return fail(Errc::bad_input, file.string() + " " + why +
                                     "; make one with: head -c 18 /dev/urandom | base64 > FILE");
  };
  std::ifstream in(file, std::ios::binary);
  if (!in) return wrong("is not there, or may not be read");
  std::array<char, kLongestToken + 2> bytes;
  in.read(bytes.data(), bytes.size());
  std::string_view text(bytes.data(), static_cast<std::size_t>(in.gcount()));
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.size() < kShortestToken || text.size() > kLongestToken)
    return wrong("has no token in its first line, which is 16 to 256 characters");
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; }))
    return wrong("has a token with blanks in it, or with characters beyond ASCII");
  return std::string(text);
}

bool same_secret(std::string_view one, std::string_view other) {
  // Walks over all of `other`, however long `one` is: what comes from outside is never measured
  // against the secret's length.
  unsigned difference = one.size() == other.size() ? 0 : 1;
  for (std::size_t i = 0; i < other.size(); ++i) {
    const char mine = one.empty() ? '\0' : one[i % one.size()];
    difference |= static_cast<unsigned>(static_cast<unsigned char>(mine) ^
                                        static_cast<unsigned char>(other[i]));
  }
  return difference == 0;
}

Access::Access(std::optional<std::string> token, std::vector<std::string> names)
    : token_(std::move(token)), names_(std::move(names)) {}

bool Access::is_ours(const std::string& host) const {
  if (host == "localhost" || IpAddress::parse(host)) return true;
  if (host.starts_with('[') && host.ends_with(']'))
    return IpAddress::parse(std::string_view(host).substr(1, host.size() - 2)).has_value();
  return std::ranges::find(names_, host) != names_.end();
}

std::optional<Response> Access::refusal(const Request& request) const {
  if (token_) {
    if (same_secret(*token_, shown(request.authorization))) return std::nullopt;
    Response no = error(401, "These pages want the token of --web-token, as password of any user.");
    no.extra = "WWW-Authenticate: Basic realm=\"shoal\", charset=\"UTF-8\"\r\n";
    return no;
  }
  if (is_ours(request.host)) return std::nullopt;
  return error(421, "Ask for these pages by the address that the program has printed.");
}

std::vector<std::string> own_names() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return {};
  std::string name(buffer.data());
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name.empty()) return {};
  const std::string first = name.substr(0, name.find('.'));
  return {name, first, first + ".local"};
}

}  // namespace shoal::web
