#include "cli/scripts.hpp"

#include <array>
#include <cstddef>
#include <span>

#include "base/char_range.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"

namespace shoal::cli {
namespace {

/// Scripts that share the shapes of letters (Unicode Technical Standard 39), by their letters in
/// Scripts.txt of Unicode 15. Full-width and mathematical letters are Latin ones here.
constexpr std::array<CharRange, 9> kLatin{{{'A', 'Z'},
                                           {'a', 'z'},
                                           {0x00c0, 0x024f},
                                           {0x0250, 0x02af},
                                           {0x1d00, 0x1d25},
                                           {0x1e00, 0x1eff},
                                           {0xff21, 0xff3a},
                                           {0xff41, 0xff5a},
                                           {0x1d400, 0x1d6a3}}};
constexpr std::array<CharRange, 5> kGreek{
    {{0x0370, 0x0373}, {0x0376, 0x037d}, {0x037f, 0x03e1}, {0x03f0, 0x03ff}, {0x1f00, 0x1fff}}};
constexpr std::array<CharRange, 4> kCyrillic{
    {{0x0400, 0x052f}, {0x1c80, 0x1c88}, {0x2de0, 0x2dff}, {0xa640, 0xa69f}}};
constexpr std::array<CharRange, 1> kArmenian{{{0x0531, 0x058a}}};
constexpr std::array<CharRange, 2> kCherokee{{{0x13a0, 0x13fd}, {0xab70, 0xabbf}}};

struct Script {
  const char* name;
  std::span<const CharRange> letters;
};
constexpr std::array<Script, 5> kScripts{{{"Latin", kLatin},
                                          {"Greek", kGreek},
                                          {"Cyrillic", kCyrillic},
                                          {"Armenian", kArmenian},
                                          {"Cherokee", kCherokee}}};

/// Accents and the like belong to the letter before them.
constexpr std::array<CharRange, 3> kMarks{{{0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}}};

const Script* script_of(char32_t c) {
  for (const Script& script : kScripts)
    if (within(c, script.letters)) return &script;
  return nullptr;
}

}  // namespace

std::string mixed_scripts(std::string_view name) {
  const Script* word = nullptr;  // that the word so far is written in
  while (!name.empty()) {
    const auto c = decode_utf8(name);
    name.remove_prefix(c ? c->size : 1);
    if (c && within(c->value, kMarks)) continue;
    const Script* letter = c ? script_of(c->value) : nullptr;
    if (letter != nullptr && word != nullptr && letter != word)
      return std::string(word->name) + " and " + letter->name + " letters in one word";
    word = letter;
  }
  return {};
}

std::string marked(std::string_view name) {
  const std::string mixed = mixed_scripts(name);
  return "\"" + printable(name) + "\"" + (mixed.empty() ? "" : " (" + mixed + ")");
}

}  // namespace shoal::cli
