#include "metainfo/name.hpp"

#include "base/utf8.hpp"

namespace shoal {
namespace {

std::unexpected<Error> bad(std::string_view name, std::string what) {
  return fail(Errc::bad_name,
              "bad file name \"" + printable(name, kMaxNameLength) + "\": " + std::move(what));
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

Result<void> check_visible(std::string_view name) {
  char32_t before = 0;
  for (std::size_t at = 0; at < name.size();) {
    const auto c = decode_utf8(name.substr(at));
    if (!c) return check_name(name);
    const std::string where = " at byte " + std::to_string(at + 1);
    if (const std::string trouble = trouble_with(c->value, before); !trouble.empty())
      return bad(name, "it has " + trouble + "," + where + "; rename the file");
    at += c->size;
    if (is_blank(c->value) && (before == 0 || at == name.size()))
      return bad(name, "it has a blank" + where + ", where nobody sees it; rename the file");
    before = c->value;
  }
  return {};
}

}  // namespace shoal
