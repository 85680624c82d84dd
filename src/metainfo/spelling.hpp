#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// The same letters in other code points. An é is one of them (NFC, as most keyboards have it) or
/// two, e and an accent (NFD, as macOS keeps file names): both look alike, and people type one and
/// mean the other. NFC comes first, and `text` itself is left out; so there are two at most, and
/// none for ASCII and for what is no UTF-8. See Unicode Standard Annex 15.
[[nodiscard]] std::vector<std::string> other_spellings(std::string_view text);

}  // namespace shoal
