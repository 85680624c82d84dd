#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "support/files.hpp"
#include "support/process.hpp"
#include "support/same_content.hpp"
#include "support/temp_dir.hpp"

namespace shoal::test {

/// A tracker on loopback, and programs and files that belong to it, all in a directory of their
/// own. The programs speak JSON.
class Loopback : public ::testing::Test {
 protected:
  Loopback() : Loopback(Program::Arguments{}) {}
  explicit Loopback(const Program::Arguments& tracker_options);

  /// Another one, not known to anybody.
  [[nodiscard]] Program start_tracker(const Program::Arguments& options) const;
  [[nodiscard]] Program start_seeder(const Program::Arguments& arguments) const;
  [[nodiscard]] Program start_leecher(const Program::Arguments& arguments,
                                      const Program::Environment& environment = {}) const;
  /// With nothing added to the arguments.
  [[nodiscard]] Program start(const std::string& name, const Program::Arguments& arguments,
                              const Program::Environment& environment = {}) const;

  /// A seeder that the tracker knows.
  [[nodiscard]] Program seeder_of(const std::filesystem::path& file) const;
  /// A leecher of that name, into that folder.
  [[nodiscard]] Program leecher_of(const std::string& name, const std::filesystem::path& into,
                                   Program::Arguments options = {},
                                   const Program::Environment& environment = {}) const;

  /// A new file with content of its own, where the seeders have theirs.
  [[nodiscard]] std::filesystem::path file(std::string_view name, std::uint64_t size,
                                           std::uint64_t seed = 1) const;
  /// A new empty folder.
  [[nodiscard]] std::filesystem::path folder(std::string_view name) const;

  TempDir home_;
  Program tracker_;
  std::string address_;  ///< of the tracker
};

/// Where a download of that file is while it is filled.
[[nodiscard]] std::filesystem::path part_of(const std::filesystem::path& file,
                                            const std::filesystem::path& folder);
/// Where a program listens.
[[nodiscard]] std::string address_of(Program& program);
/// How many bytes of a file came from peers.
[[nodiscard]] std::uint64_t fetched(Program& leecher);
/// Conditions for Program::wait_for().
[[nodiscard]] Program::Condition named(const std::string& name);
[[nodiscard]] Program::Condition has_bytes(std::uint64_t at_least);

}  // namespace shoal::test
