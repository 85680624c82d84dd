#pragma once

#include <string>

#include "support/process.hpp"

namespace shoal::test {

/// The environment that puts a library before a program's own ones.
[[nodiscard]] Program::Environment preloading(const std::string& library);

}  // namespace shoal::test
