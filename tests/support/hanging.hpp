#pragma once

#include <filesystem>
#include <string>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace shoal::test {

/// Calls that do not come back in a program (see preload/hanging.cpp).
class Hanging {
 public:
  /// `names`: separated by commas; other names that end in ".test" stand for 127.0.0.1.
  [[nodiscard]] Program::Environment lookups(const std::string& names) const;
  /// `call` for files whose path has `path` in it.
  [[nodiscard]] Program::Environment calls(const std::string& call, const std::string& path) const;
  /// Returns once something hangs; throws if that takes too long.
  void wait() const;
  /// From now on nothing hangs any more.
  void end() const;

 private:
  [[nodiscard]] Program::Environment with(Program::Environment settings) const;

  TempDir home_;
};

}  // namespace shoal::test
