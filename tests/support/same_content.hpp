#pragma once

#include <filesystem>

#include <gtest/gtest.h>

namespace shoal::test {

/// Whether two files are equal; where not, the failure tells where `b` is another.
[[nodiscard]] testing::AssertionResult same_content(const std::filesystem::path& a,
                                                    const std::filesystem::path& b);

}  // namespace shoal::test
