#include "secure/key.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/hex.hpp"
#include "secure/hkdf.hpp"
#include "secure/random.hpp"

namespace shoal::secure {
namespace {

constexpr std::string_view kMark = "shoal-key-1 ";

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = line.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

std::unexpected<Error> wrong(const std::string& why) {
  return fail(Errc::bad_input, why + "; make a key with: tracker --new-key FILE");
}

}  // namespace

std::string to_hex(const KeyId& id) {
  return shoal::to_hex(id.bytes);
}

Key::Key(Secret<kSize> secret) : secret_(std::move(secret)) {
  derive("shoal 1 key id", id_.bytes);
}

Key Key::random() {
  Secret<kSize> secret;
  fill_random(secret.fill());
  return Key(std::move(secret));
}

Result<Key> Key::parse(std::string_view text) {
  std::optional<std::string_view> digits;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (!line.starts_with(kMark)) return wrong("it is no key file");
    if (digits) return wrong("it holds more than one key; one file is one key");
    digits = trimmed(line.substr(kMark.size()));
  }
  if (!digits) return wrong("there is no key in it");
  auto bytes = digits->size() == 2 * kSize ? from_hex(*digits) : std::nullopt;
  if (!bytes) return wrong("the key in it is damaged: that is 64 hexadecimal digits");
  Secret<kSize> secret;
  std::ranges::copy(*bytes, secret.fill().begin());
  wipe(*bytes);
  return Key(std::move(secret));
}

std::string Key::format() const {
  std::string digits = shoal::to_hex(secret_.view());
  std::string text;
  text.reserve(256);  // at once: growing would leave copies behind
  text.append("# Shoal key ").append(to_hex(id_));
  text.append(". Whoever has this file belongs to the swarm: keep it to yourself.\n");
  text.append(kMark).append(digits).append("\n");
  wipe(std::as_writable_bytes(std::span(digits)));
  return text;
}

void Key::derive(BytesView salt, std::string_view info, MutableBytes out) const {
  hkdf(secret_.view(), salt, info, out);
}

}  // namespace shoal::secure
