#include "metainfo/name.hpp"

#include "base/utf8.hpp"

namespace shoal {
namespace {

std::unexpected<Error> bad(std::string_view name, std::string what) {
  return fail(Errc::bad_name, "bad file name \"" + printable(name) + "\": " + std::move(what));
}

/// Invisible characters that change how the text around them is shown.
bool reorders_text(char32_t c) {
  return c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

Result<void> check_name(std::string_view name) {
  if (name.empty())
    return fail(Errc::bad_name, "the file name is empty; give at least one character");
  if (name.size() > kMaxNameLength) {
    return bad(name, "it has " + std::to_string(name.size()) + " bytes, and the most is " +
                         std::to_string(kMaxNameLength) + "; choose a shorter one");
  }
  if (name == "." || name == "..") return bad(name, "it stands for a directory; name a file");
  for (std::size_t at = 0; at < name.size();) {
    const auto c = decode_utf8(name.substr(at));
    const std::string where = " at byte " + std::to_string(at + 1);
    if (!c) return bad(name, "it is not valid UTF-8" + where + "; rename the file");
    if (c->value == '/')
      return bad(name, "it has a \"/\"" + where + "; give a name without a path");
    if (is_control(c->value)) {
      return bad(name, "it has a control character" + where + "; rename the file");
    }
    at += c->size;
  }
  return {};
}

std::string printable(std::string_view name) {
  std::string shown;
  for (std::size_t at = 0; at < name.size();) {
    const auto c = decode_utf8(name.substr(at));
    const std::size_t size = c ? c->size : 1;
    if (shown.size() + size > kMaxNameLength) return shown + "...";
    if (!c || is_control(c->value) || reorders_text(c->value)) {
      shown += '?';
    } else {
      shown += name.substr(at, size);
    }
    at += size;
  }
  return shown;
}

}  // namespace shoal
