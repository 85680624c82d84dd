#pragma once

#include <string_view>

namespace shoal {

/// The project's version, from CMakeLists.txt: "0.1.0".
[[nodiscard]] std::string_view version();

}  // namespace shoal
