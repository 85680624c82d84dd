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

/// Not only ASCII: it may have other spellings.
[[nodiscard]] bool may_be_spelled_otherwise(std::string_view text);

/// Equal for texts that are spellings of each other, and for no others: NFC, or what is no UTF-8 as
/// it is.
[[nodiscard]] std::string common_spelling(std::string_view text);

/// Equal for texts that are spellings of each other but for the case of their letters (Unicode case
/// folding); what is no UTF-8 as it is.
[[nodiscard]] std::string without_case(std::string_view text);

}  // namespace shoal
