#include "cli/keys.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string_view>
#include <utility>

#ifdef __linux__
#  include <sys/prctl.h>
#endif

#include "cli/columns.hpp"
#include "storage/spelled.hpp"

namespace shoal::cli {
namespace {

void forbid_core_dumps() {
#ifdef __linux__
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace

std::vector<std::string> key_file_variable() {
  const char* const value = std::getenv(kKeyFileVariable);
  std::vector<std::string> files;
  std::string_view rest = value != nullptr ? value : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) files.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return files;
}

std::optional<EarlyExit> take_keys(const std::string& program, KeyFiles files, Keys& into) {
  const bool given = !files.empty();
  if (!given) std::ranges::copy(key_file_variable(), std::back_inserter(files));
  if (files.empty()) return std::nullopt;
  forbid_core_dumps();
  for (std::filesystem::path& file : files) file = storage::as_on_disk(file);
  auto keys = read_keys(files);
  if (!keys) {
    return EarlyExit{ExitCode::usage, program + ": " + (given ? "--key" : kKeyFileVariable) + ": " +
                                          printable(keys.error().message) + "\n"};
  }
  into = *std::move(keys);
  return std::nullopt;
}

ExitCode make_key(const std::filesystem::path& typed) {
  forbid_core_dumps();
  // Its folder is there; it is not, unless somebody made it before.
  const std::filesystem::path in_folder =
      typed.has_parent_path() ? storage::as_on_disk(typed.parent_path()) / typed.filename() : typed;
  const std::filesystem::path file = storage::as_on_disk(in_folder);
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
