#pragma once

#include <string>
#include <string_view>

namespace shoal {

/// `text` as one word of a shell's command line, for people to copy from a message: as it is where
/// that is safe, else in single quotes, or in $'...' where it has what printable() replaces.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace shoal
