#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace shoal::bench {

/// Adds an option whose value is written as people write sizes: 64K, 10M, 2G.
void add_size(CLI::App& app, const std::string& name, std::uint64_t& into,
              const std::string& description);

/// Reads the command line, then calls `work`. What goes wrong ends up on standard error.
[[nodiscard]] int run(CLI::App& app, int argc, char** argv, const std::function<void()>& work);

}  // namespace shoal::bench
