#pragma once

#include <string>
#include <string_view>

namespace shoal::cli {

/// Says what a name looks like and is not: two scripts with letters that look alike, mixed within a
/// word, such as a Cyrillic е among Latin letters. "Cyrillic and Latin letters in one word";
/// empty for others. Words of different scripts beside each other are what people write.
[[nodiscard]] std::string mixed_scripts(std::string_view name);

/// The name in quotes, printable, and with a mark where it may be taken for another one.
[[nodiscard]] std::string marked(std::string_view name);

}  // namespace shoal::cli
