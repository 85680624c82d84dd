#include "session/take_in_folder.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/printable.hpp"
#include "metainfo/description.hpp"
#include "metainfo/stock_names.hpp"
#include "metainfo/tree_dictionary.hpp"
#include "net/spawn.hpp"
#include "net/workers.hpp"
#include "session/folder_disk.hpp"
#include "session/hashing_progress.hpp"
#include "storage/folder_hasher.hpp"
#include "storage/io_error.hpp"

namespace shoal::session {
namespace {

namespace fs = std::filesystem;

/// Also of "." and "photos/", and of a link to a folder its own.
Result<std::string> name_of(const fs::path& path) {
  std::error_code failed;
  fs::path whole = fs::absolute(path, failed).lexically_normal();
  if (failed) return fail(Errc::io, storage::shown(path) + ": " + failed.message());
  if (whole.filename().empty()) whole = whole.parent_path();
  const std::string name = whole.filename().string();
  if (auto allowed = check_element(name); !allowed) return std::unexpected(allowed.error());
  return name;
}

std::vector<std::string> notices_of(const storage::HashedFolder& hashed) {
  std::vector<std::string> notices;
  for (const std::string& what : hashed.left_out) notices.push_back("Not offered: " + what + ".");
  if (hashed.left_out_count > notices.size()) {
    notices.push_back("... and " + std::to_string(hashed.left_out_count - notices.size()) +
                      " more that are not offered.");
  }
  if (hashed.tree->is_one_file_at_the_top()) {
    notices.push_back("Other BitTorrent clients take a folder of one file for that file alone.");
  }
  if (const StockNames names = stock_names(*hashed.tree); names.changed > 0) {
    std::string listed;
    for (const std::string& path : names.first) {
      listed += (listed.empty() ? "\"" : ", \"") + printable(path) + "\"";
    }
    if (names.changed > names.first.size()) listed += " and others";
    notices.push_back(
        "Other BitTorrent clients store " + listed +
        " under other names: these are long, have marks of the writing direction, or differ "
        "in the case of letters only.");
  }
  return notices;
}

Result<void> check(const FileTree& tree, const fs::path& path) {
  if (tree.pieces() == 0) {
    return fail(Errc::bad_input,
                storage::shown(path) + " has but empty files in it, and nothing to fetch");
  }
  return {};
}

Result<TakenInFolder> served(const fs::path& path, storage::HashedFolder hashed) {
  if (auto good = check(*hashed.tree, path); !good) return std::unexpected(std::move(good).error());
  auto notices = notices_of(hashed);
  Bytes dictionary = tree_dictionary(*hashed.tree);
  if (dictionary.size() > kMaxTreeDictionary) {
    return fail(Errc::bad_input,
                storage::shown(path) + " takes " + std::to_string(dictionary.size()) +
                    " bytes to describe, and the most is " + std::to_string(kMaxTreeDictionary) +
                    "; offer what is in it by several names");
  }
  FileInfo folder = info_of_folder(*hashed.tree, dictionary);
  torrent::Content content(std::move(folder), hashed.tree, std::move(dictionary));
  for (storage::FileLayer& layer : hashed.layers) {
    const auto file = content.layers().file_of(layer.root);
    content.set_layer(*merkle::LayerTree::build(std::move(layer.nodes),
                                                file->geometry.piece_level(),
                                                file->geometry.tree_height(), layer.root));
  }
  content.add_all();
  auto disk = std::make_unique<FolderDisk>(path, hashed.tree, std::move(hashed.versions));
  std::error_code ignored;
  return TakenInFolder{fs::weakly_canonical(path, ignored), std::move(hashed.tree),
                       std::move(content), std::move(disk), std::move(notices)};
}

}  // namespace

asio::awaitable<Result<TakenInFolder>> take_in_folder(std::shared_ptr<SessionContext> context,
                                                      std::filesystem::path path, bool strict_links,
                                                      std::stop_token stop) {
  auto name = name_of(path);
  if (!name) co_return std::unexpected(std::move(name).error());
  const auto state = std::make_shared<HashingProgress>(*name);
  net::spawn(context->executor(), tell_progress(context, state));
  const storage::FolderHashing how{
      .threads = std::max(1u, std::thread::hardware_concurrency()),
      .links = strict_links ? storage::Links::refuse : storage::Links::leave_out,
      .cache = context->layer_cache(),
      .on_found =
          [state](std::uint64_t bytes, std::uint64_t files) {
            state->length = bytes;
            state->of_files = files;
          },
      .progress =
          [state](std::uint64_t bytes, std::uint64_t files) {
            state->bytes += bytes;
            state->files += files;
          },
      .stop = std::move(stop)};
  auto held = co_await net::on_worker(context->workers(), [&]() -> Result<TakenInFolder> {
    auto hashed = storage::hash_folder(path, *name, how);
    if (!hashed) return std::unexpected(std::move(hashed).error());
    return served(path, *std::move(hashed));
  });
  state->done = true;
  co_return held;
}

}  // namespace shoal::session
