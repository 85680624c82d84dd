#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal {

/// `text`, which may be a stranger's, as it may be shown to people: on a terminal, in a log and in
/// messages. What steers a terminal, turns the reading direction around or cannot be seen, and each
/// byte that is no UTF-8, is replaced by U+FFFD. Text for programs (JSON) is escaped instead.
[[nodiscard]] std::string printable(std::string_view text);

/// The same, ended by "..." where more than `most` bytes of it would be shown.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most);

/// What is wrong with that character where text has to be told apart by looking at it, such as
/// "U+200B, which cannot be seen"; empty if nothing is. `before` is the character before it, 0 at
/// the beginning: joiners and variation selectors are right behind what they can join or vary.
[[nodiscard]] std::string trouble_with(char32_t c, char32_t before);

/// A space of any width, alone or between letters.
[[nodiscard]] bool is_blank(char32_t c);

}  // namespace shoal
