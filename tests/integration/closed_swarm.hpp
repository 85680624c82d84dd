#pragma once

#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <shoal/keys.hpp>

#include "integration/loopback.hpp"
#include "secure/key_ring.hpp"
#include "secure/tls_context.hpp"

namespace shoal::test {

/// A key file, which is there before the tracker starts.
class KeyMade {
 protected:
  KeyMade() : key_(new_key("our.key")) {}
  [[nodiscard]] std::string new_key(std::string_view name) const {
    const std::filesystem::path file = keys_ / name;
    if (const auto made = write_new_key(file); !made)
      throw std::runtime_error(made.error().message);
    return file.string();
  }
  [[nodiscard]] static Keys read(const std::filesystem::path& file) {
    return *read_keys(std::span(&file, 1));
  }

  TempDir keys_;
  std::string key_;
};

/// A tracker that has a key, and programs that have it, too, when it is among their arguments.
class ClosedSwarm : protected KeyMade, public Loopback {
 protected:
  ClosedSwarm() : Loopback({"--key", key_, "--timeout", "10m"}) {}

  [[nodiscard]] Program seeder_with(const std::filesystem::path& file,
                                    Program::Arguments arguments) const {
    arguments.push_back(file.string());
    Program seeder = start_seeder(arguments);
    seeder.wait_for("registered");
    return seeder;
  }
  [[nodiscard]] Program closed_seeder(const std::filesystem::path& file) const {
    return seeder_with(file, {"--key", key_, "--log-level", "info"});
  }
};

}  // namespace shoal::test
