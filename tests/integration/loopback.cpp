#include "integration/loopback.hpp"

#include <algorithm>
#include <utility>

#include <shoal/digest.hpp>

namespace shoal::test {
namespace {

Program::Arguments joined(Program::Arguments first, const Program::Arguments& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

}  // namespace

// The long timeout is for test doubles, which send no heartbeats.
Loopback::Loopback(const Program::Arguments& tracker_options)
    : tracker_(start_tracker(tracker_options.empty() ? Program::Arguments{"--timeout", "10m"}
                                                     : tracker_options)),
      address_(address_of(tracker_)) {}

Program Loopback::start_tracker(const Program::Arguments& options) const {
  Program::Arguments arguments{"--json"};
  if (std::ranges::find(options, "--listen") == options.end()) {
    arguments = {"--json", "--listen", "127.0.0.1:0"};
  }
  return start("tracker", joined(std::move(arguments), options));
}

// With "-" it goes on when no file is left: there could be more names.
Program Loopback::start_seeder(const Program::Arguments& arguments) const {
  return start("seeder", joined({"--json", "--tracker", address_, "--listen", "127.0.0.1:0", "-"},
                                arguments));
}

Program Loopback::start_leecher(const Program::Arguments& arguments,
                                const Program::Environment& environment) const {
  return start("leecher",
               joined({"--json", "--tracker", address_, "--listen", "127.0.0.1:0"}, arguments),
               environment);
}

Program Loopback::start(const std::string& name, const Program::Arguments& arguments,
                        const Program::Environment& environment) const {
  return {name, arguments, home_.path(), environment};
}

Program Loopback::seeder_of(const std::filesystem::path& file) const {
  Program program = start_seeder({file.string()});
  program.wait_for("registered");
  return program;
}

Program Loopback::leecher_of(const std::string& name, const std::filesystem::path& into,
                             Program::Arguments options,
                             const Program::Environment& environment) const {
  return start_leecher(joined({name, "--output", into.string()}, options), environment);
}

std::filesystem::path Loopback::file(std::string_view name, std::uint64_t size,
                                     std::uint64_t seed) const {
  const std::filesystem::path directory = home_ / "seeds";
  std::filesystem::create_directory(directory);
  return make_file(directory / name, size, seed);
}

std::filesystem::path Loopback::folder(std::string_view name) const {
  std::filesystem::create_directory(home_ / name);
  return home_ / name;
}

std::filesystem::path part_of(const std::filesystem::path& file,
                              const std::filesystem::path& folder) {
  const std::string root = to_hex(identify(file).root);
  return folder / (file.filename().string() + "." + root.substr(0, 8) + ".part");
}

std::string address_of(Program& program) {
  return program.wait_for("listening").at("address");
}

std::uint64_t fetched(Program& leecher) {
  return leecher.wait_for("complete").at("fetched");
}

Program::Condition named(const std::string& name) {
  return [name](const Json& event) { return event.at("name") == name; };
}

Program::Condition has_bytes(std::uint64_t at_least) {
  return [at_least](const Json& event) { return event.at("bytes") >= at_least; };
}

}  // namespace shoal::test
