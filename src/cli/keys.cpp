#include "cli/keys.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>

#ifdef __linux__
#  include <sys/prctl.h>
#endif

#include "cli/columns.hpp"
#include "storage/spelled.hpp"

namespace shoal::cli {
namespace {

constexpr const char* kVariable = "SHOAL_KEY_FILE";

KeyFiles files_of_environment() {
  const char* const value = std::getenv(kVariable);
  KeyFiles files;
  std::string_view rest = value != nullptr ? value : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) files.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return files;
}

void forbid_core_dumps() {
#ifdef __linux__
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace

std::optional<EarlyExit> take_keys(const std::string& program, KeyFiles files, Keys& into) {
  const bool given = !files.empty();
  if (!given) files = files_of_environment();
  if (files.empty()) return std::nullopt;
  forbid_core_dumps();
  for (std::filesystem::path& file : files) file = storage::as_on_disk(file);
  auto keys = read_keys(files);
  if (!keys) {
    return EarlyExit{ExitCode::usage, program + ": " + (given ? "--key" : kVariable) + ": " +
                                          printable(keys.error().message) + "\n"};
  }
  into = *std::move(keys);
  return std::nullopt;
}

ExitCode make_key(const std::filesystem::path& file) {
  forbid_core_dumps();
  const auto id = write_new_key(file);
  const std::string name = printable(file.string());
  if (!id) {
    return leave({ExitCode::failed, "tracker: --new-key: " + printable(id.error().message) + "\n"});
  }
  return leave(
      {ExitCode::done, "Made the key " + *id + " in " + name +
                           ". Whoever has that file belongs to the swarm.\n"
                           "Copy it to the other machines by a safe way, such as: scp -p " +
                           name +
                           " HOST:\n"
                           "Then add --key " +
                           name + " to tracker, seeder and leecher.\n"});
}

}  // namespace shoal::cli
