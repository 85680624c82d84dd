#pragma once

#include <string_view>

namespace shoal {

/// The project's version, from CMakeLists.txt: "0.2.0".
[[nodiscard]] std::string_view version();

/// The commit that was built: "70f1ae8cbbde", with a "+" where files had been changed since;
/// "unknown" outside of a repository.
[[nodiscard]] std::string_view commit();

}  // namespace shoal
